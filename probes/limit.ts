/** What a limit is: the number, why it is that, and what happens past it. Each part has a table of its own. */
export interface Limit {
  readonly value: number;
  readonly reason: string;
  readonly past: string;
}
