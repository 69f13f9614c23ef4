/** A log that says nothing. */
import { type Logger, pino } from 'pino';

export const SILENT_LOG: Logger = pino({ level: 'silent' });
