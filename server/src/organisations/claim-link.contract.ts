import * as z from 'zod'
import { livemode, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const ClaimLink = z
  .object({
    url: z.string().meta({ description: 'Opens once. It is shown this once and stored nowhere.' }),
    expiresAt: time.meta({ description: 'Seven days from now, in real time.' }),
    object: z.literal('claim_link'),
    livemode,
  })
  .meta({ id: 'ClaimLink', description: 'A link that makes whoever opens it the first owner of the organisation.' })

export const createClaimLinkOperation = operation({
  id: 'Provisioning.createClaimLink',
  method: 'POST',
  path: '/claim-link',
  kind: 'write',
  status: 201,
  secret: true,
  summary: 'Create the link by which the first owner takes the organisation over. Earlier links stop working.',
  data: ClaimLink,
  problems: ['organization_already_claimed'],
})
