/**
 * Which addresses probes may reach. Everything that is not a public unicast address is forbidden unless the owner of the
 * agent allows it: probes are told by others where to go, and an agent stands inside somebody's network.
 */
import ipaddr from 'ipaddr.js';
import { NetworkOptionsError } from './errors.ts';
import type { AddressPolicy } from './network.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = [Address, number];

/** Public by number, yet answered by the host of a virtual machine: the wire server of Azure hands out credentials. */
const PROVIDER_BLOCKS: readonly Block[] = [ipaddr.parseCIDR('168.63.129.16/32')];

/** All of global unicast so far (RFC 4291 §2.4 and the IANA registry); what lies outside is no place for a service. */
const GLOBAL_UNICAST: Block = ipaddr.parseCIDR('2000::/3');

/** RFC 6052: what DNS64 answers on networks that have IPv6 only; the last 32 bits are the IPv4 address that is reached. */
const NAT64: Block = ipaddr.parseCIDR('64:ff9b::/96');

const RANGE_NAMES: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address, as cloud metadata services have',
  loopback: 'a loopback address',
  carrierGradeNat: 'a carrier-grade NAT address',
  private: 'a private address',
  uniqueLocal: 'a unique local address',
  provider: 'an address that belongs to the host of a cloud machine',
};

export interface AddressGuard {
  /** Why the address is forbidden, as the end of a sentence (`it is a loopback address`), or undefined when it is not. */
  forbids(address: string): string | undefined;
}

/** Throws `NetworkOptionsError` when a block is not CIDR. What is denied stays denied, whatever is allowed. */
export function createAddressGuard(policy: AddressPolicy): AddressGuard {
  const allow = policy.allow.map((block) => parseBlock('allow', block));
  const deny = policy.deny.map((block) => parseBlock('deny', block));
  return {
    forbids(text) {
      if (!ipaddr.isValid(text) || text.includes('%')) return 'it is not an address';
      const address = reachedAddress(ipaddr.parse(text));
      if (within(address, deny)) return 'the configuration of this agent denies it';
      if (within(address, allow)) return undefined;
      const range = rangeOf(address);
      return range === 'unicast' ? undefined : `it is ${RANGE_NAMES[range] ?? 'not a public address'}`;
    },
  };
}

/** Unwraps IPv6 forms that carry an IPv4 address which is what is really reached. */
function reachedAddress(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64 as [ipaddr.IPv6, number]))
    return ipaddr.fromByteArray(address.toByteArray().slice(12));
  return address;
}

function rangeOf(address: Address): string {
  if (within(address, PROVIDER_BLOCKS)) return 'provider';
  const range = address.range();
  if (range === 'unicast' && address.kind() === 'ipv6' && !within(address, [GLOBAL_UNICAST]))
    return 'reserved';
  return range;
}

function within(address: Address, blocks: readonly Block[]): boolean {
  return blocks.some(
    ([network, bits]) =>
      network.kind() === address.kind() && (address as ipaddr.IPv6).match(network as ipaddr.IPv6, bits),
  );
}

function parseBlock(list: 'allow' | 'deny', text: string): Block {
  // ipaddr.js reads `10/8` and octal octets too; a policy must mean one thing only.
  const strict =
    /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)\/\d{1,3}$/i.test(text) && !/(^|\.)0\d/.test(text);
  if (!strict || !ipaddr.isValidCIDR(text)) {
    throw new NetworkOptionsError(
      `policy.${list}: ${JSON.stringify(text)} is not a CIDR block. Write e.g. 10.0.0.0/8, 192.0.2.7/32 or fd00::/8.`,
    );
  }
  const [address, bits] = ipaddr.parseCIDR(text);
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96;
  return mapped ? [address.toIPv4Address(), bits - 96] : [address, bits];
}
