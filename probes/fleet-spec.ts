/** Regions and groups of agents as people declare them. */
import { z } from 'zod';
import { LocationError, parseExpression } from './location.ts';
import { nameSchema, problemOf } from './spec.ts';

/** A region as people know it; agents say by their label that they are in it. */
export const regionSchema = z.strictObject({
  name: nameSchema.describe('As agents say it: their label `region`.'),
  title: z.string().min(1).max(64).optional().describe('What people call it, such as Frankfurt.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected two capital letters (ISO 3166), such as DE')
    .optional()
    .describe('ISO 3166 code of two letters.'),
  lat: z.number().min(-90).max(90).optional().describe('Degrees north.'),
  lon: z.number().min(-180).max(180).optional().describe('Degrees east.'),
});

/** Agents that have a name together. */
export const agentGroupSchema = z.strictObject({
  name: nameSchema.describe('Unique name: `from: group:NAME` means it.'),
  agents: z
    .string()
    .superRefine((text, context) => {
      const problem = problemOf(() => {
        if (parseExpression(text).some((terms) => terms.some(({ label }) => label === 'group')))
          throw new LocationError('a group is made of places, not of other groups');
      });
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .describe('Places as text, e.g. eu-west+residential | AS3320.'),
  comment: z.string().max(1000).optional().describe('What it is for.'),
});
