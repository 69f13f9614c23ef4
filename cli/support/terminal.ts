/** What stdout can show: a screen of a width, or a pipe without one. */

export interface Terminal {
  readonly isScreen: boolean;
  /** NO_COLOR wins (https://no-color.org); FORCE_COLOR colours a pipe, too. */
  readonly colours: boolean;
  /** Columns; of a pipe those of COLUMNS, and without it no end. */
  readonly columns: number;
}

/** Of terminals that do not say how wide they are: those of `script`, and of containers, have 0 columns. */
const UNSAID_COLUMNS = 80;
/** No text can be made to fit into less. */
const NARROWEST = 20;

export function terminalOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const isScreen = stream.isTTY === true;
  const isForced = (env.FORCE_COLOR ?? '') !== '' && env.FORCE_COLOR !== '0';
  const given = Number(env.COLUMNS);
  const columns = given > 0 ? given : Number.POSITIVE_INFINITY;
  return {
    isScreen,
    colours: (env.NO_COLOR ?? '') === '' && (isScreen || isForced),
    columns: isScreen ? Math.max(NARROWEST, stream.columns || (given > 0 ? given : UNSAID_COLUMNS)) : columns,
  };
}
