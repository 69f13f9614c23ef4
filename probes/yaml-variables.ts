/**
 * `${NAME}` in YAML that people wrote, filled in from the environment. Only in values, only where it is written, and after the text has
 * been parsed: what a variable holds never becomes structure. `${NAME:-otherwise}` has a default; `$${` is a `${` that stays.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, Scalar } from 'yaml';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A mistake at an offset of the text. */
export interface VariableProblem {
  readonly at: number;
  readonly message: string;
}

/** Why a value may not come from a variable; undefined where it may. */
export type Forbids = (path: readonly PropertyKey[]) => string | undefined;

/** Values under such a name would lie open at every collector that they are applied to. */
const SECRET_NAME =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS|SECRET)_?KEY)(_|$)/i;

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const WHOLE = /^\$\{[^}]*\}$/;

/** Whether a text has a reference in it. */
export const hasVariable = (text: string): boolean => /(^|[^$])\$\{/.test(text);

/** Fills in every value of the document, in place. */
export function fillVariables(
  document: Document.Parsed,
  env: Environment,
  forbids: Forbids,
): VariableProblem[] {
  const problems: VariableProblem[] = [];
  const seen = new Set<Node>();
  const walk = (node: unknown, path: readonly PropertyKey[]): void => {
    if (isAlias(node)) return;
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (isScalar(key) && hasVariable(name))
          problems.push({
            at: key.range?.[0] ?? 0,
            message: 'a key cannot come from a variable; values can',
          });
        walk(value, [...path, name]);
      }
    } else if (isSeq(node)) node.items.forEach((item, index) => void walk(item, [...path, index]));
    else if (
      isScalar(node) &&
      typeof node.value === 'string' &&
      node.value.includes('${') &&
      !seen.has(node)
    ) {
      seen.add(node);
      fillScalar(node as Scalar<string>, path);
    }
  };
  const fillScalar = (node: Scalar<string>, path: readonly PropertyKey[]): void => {
    const at = node.range?.[0] ?? 0;
    const forbidden = hasVariable(node.value) ? forbids(path) : undefined;
    if (forbidden !== undefined) return void problems.push({ at, message: forbidden });
    const wasWhole = WHOLE.test(node.value) && node.type === Scalar.PLAIN;
    const filled = fillText(node.value, env);
    if ('problems' in filled)
      return void problems.push(...filled.problems.map((message) => ({ at, message })));
    // Without quotes it is read as if it stood there: 5 is a number, true a switch. Anything else is text.
    node.value = wasWhole ? (plainValue(filled.text) as string) : filled.text;
  };
  walk(document.contents, []);
  return problems;
}

function fillText(text: string, env: Environment): { text: string } | { problems: string[] } {
  const problems: string[] = [];
  const filled = text.replace(REFERENCE, (whole, inside: string | undefined, end: string | undefined) => {
    if (whole === '$${') return '${';
    const [, name, standard] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inside ?? '') ?? [];
    if (name === undefined || end !== '}') {
      problems.push(
        `${whole} is no variable: \${NAME} or \${NAME:-otherwise}; $\${ for a "\${" that is meant`,
      );
      return '';
    }
    if (SECRET_NAME.test(name)) {
      problems.push(
        `\${${name}} looks like a secret, and what is applied lies open at the collector: seal it (outrider secrets seal)`,
      );
      return '';
    }
    const value = env[name] || standard;
    if (value === undefined)
      problems.push(`the variable ${name} is not set; \${${name}:-otherwise} has a default`);
    return value ?? '';
  });
  return problems.length > 0 ? { problems } : { text: filled };
}

function plainValue(text: string): unknown {
  const node = parseDocument(text).contents;
  const value = isScalar(node) ? node.value : text;
  return ['number', 'boolean'].includes(typeof value) ? value : text;
}
