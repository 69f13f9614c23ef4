/** Who an agent is and where it stands. */
export const NETWORK_KINDS = ['datacenter', 'residential', 'mobile'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** Set at the agent, confirmed by the collector. Empty strings are unknown. */
export interface AgentLabels {
  readonly region: string;
  readonly country: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
  readonly asn: number;
  readonly isp: string;
  readonly provider: string;
  readonly network: NetworkKind;
  readonly tags: readonly string[];
}
