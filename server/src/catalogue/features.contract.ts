import * as z from 'zod'
import { featureTypes } from '#catalogue/feature.ts'
import { code, DeletedObject, description, livemode, name, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const featureType = z.enum(featureTypes).meta({
  id: 'FeatureType',
  description:
    '`boolean`: on or off. `usage`: counts up and starts anew with every consumption window. `seats`: licences held. `quota`: a durable count that rises and falls.',
})

const unitName = z
  .string()
  .trim()
  .min(1, { error: 'Must not be empty.' })
  .max(100, { error: 'Must be at most 100 characters.' })
  .meta({ description: 'What one unit is called, such as `call` or `GB`.' })

export const Feature = z
  .object({
    id: z.string().meta({ description: 'Public id, starts with `ftr_`.' }),
    name: z.string(),
    code: z.string().meta({ description: 'Unique in the organisation; never changes.' }),
    type: featureType,
    description: z.string().nullable(),
    unitName: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
    object: z.literal('feature'),
    livemode,
  })
  .meta({ id: 'Feature', description: 'Something a plan can contain: a switch, metered usage, seats or a quota.' })

const byCode = z.object({ code: reference.meta({ description: 'Code or public id of the feature.' }) })

export const listFeatures = operation({
  id: 'Features.list',
  method: 'GET',
  path: '/features',
  kind: 'read',
  summary: 'List the features of the catalogue, newest first.',
  description: 'Returns up to 1,000 features; `cursor` continues after that.',
  query: z.object({ cursor: z.string().max(1000).optional() }),
  data: z.array(Feature),
  list: true,
})

export const getFeature = operation({
  id: 'Features.get',
  method: 'GET',
  path: '/features/{code}',
  kind: 'read',
  summary: 'Get one feature of the catalogue.',
  params: byCode,
  data: Feature,
  problems: ['feature_not_found'],
})

export const createFeature = operation({
  id: 'Features.create',
  method: 'POST',
  path: '/features/manage',
  kind: 'write',
  summary: 'Create a feature.',
  description: 'Code and type are for good: metering and invoices refer to them.',
  body: z.object({
    name,
    code,
    type: featureType,
    description: description.optional(),
    unitName: unitName.optional(),
  }),
  data: Feature,
  status: 201,
  problems: ['duplicate'],
})

export const updateFeature = operation({
  id: 'Features.update',
  method: 'PUT',
  path: '/features/{code}/manage',
  kind: 'write',
  summary: 'Change the name, description or unit name of a feature.',
  description: 'At least one of the three must be given; null clears a description or unit name.',
  params: byCode,
  body: z
    .object({
      name: name.optional(),
      description: description.nullable().optional(),
      unitName: unitName.nullable().optional(),
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      path: ['name'],
      error: 'Give at least one of name, description and unitName.',
    }),
  data: Feature,
  problems: ['feature_not_found'],
})

export const deleteFeature = operation({
  id: 'Features.delete',
  method: 'DELETE',
  path: '/features/{code}/manage',
  kind: 'write',
  summary: 'Delete a feature that no plan contains.',
  description: 'Its code becomes free. What was metered and billed with it stays.',
  params: byCode,
  data: DeletedObject,
  problems: ['feature_not_found', 'feature_in_use'],
})
