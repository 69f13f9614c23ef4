/** A name as one segment of an API path. */
export const segment = (name: string): string => encodeURIComponent(name);
