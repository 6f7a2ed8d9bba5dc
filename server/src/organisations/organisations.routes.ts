import { type Route, route } from '#http/operation.ts'
import { advanceTestClock } from '#organisations/actions/advance-test-clock.ts'
import { createApiKey } from '#organisations/actions/create-api-key.ts'
import { createClaimLink } from '#organisations/actions/create-claim-link.ts'
import { deleteApiKey } from '#organisations/actions/delete-api-key.ts'
import { updateSettings } from '#organisations/actions/update-settings.ts'
import { createApiKeyOperation, deleteApiKeyOperation, listApiKeysOperation } from '#organisations/api-keys.contract.ts'
import { listApiKeys } from '#organisations/api-keys.store.ts'
import { createClaimLinkOperation } from '#organisations/claim-link.contract.ts'
import { toApiKey, toCreatedApiKey, toSettings, toTestClock } from '#organisations/organisations.view.ts'
import { getSettingsOperation, updateSettingsOperation } from '#organisations/settings.contract.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { advanceTestClockOperation, getTestClockOperation } from '#organisations/test-clock.contract.ts'
import { testClockOf } from '#organisations/test-clock.ts'
import { machineNow } from '#time/clock.ts'

const listKeys = route(listApiKeysOperation, async (db, { org }, { query }) => {
  const { limit, cursor } = query
  const keys = await listApiKeys(db, org.id, limit + 1, cursor)
  const page = keys.slice(0, limit)
  const items = page.map((key) => toApiKey(key, org.livemode))
  return { items, next: keys.length > limit ? (page.at(-1)?.id ?? null) : null }
})

const createKey = route(createApiKeyOperation, async (tx, { org }, { body }) => {
  const key = await createApiKey(tx, org, { ...body, machineNow: machineNow() })
  return toCreatedApiKey(key, org.livemode)
})

const deleteKey = route(deleteApiKeyOperation, async (tx, { org }, { params }) => {
  await deleteApiKey(tx, org, { id: params.id, machineNow: machineNow() })
  return { id: params.id, deleted: true, object: 'api_key', livemode: org.livemode }
})

const createLink = route(createClaimLinkOperation, async (tx, { org, links }) => {
  const { token, expiresAt } = await createClaimLink(tx, org.organisationId, machineNow())
  return { url: links.claim(token), expiresAt, object: 'claim_link', livemode: org.livemode }
})

const getClock = route(getTestClockOperation, async (_db, { org, now }) => toTestClock(testClockOf(org, now)))

const advanceClock = route(advanceTestClockOperation, async (tx, { org, now }, { body }) =>
  toTestClock(await advanceTestClock(tx, org, { ...body, realNow: now })),
)

const getSettings = route(getSettingsOperation, async (db, { org }) =>
  toSettings(await findSettings(db, org.id), org.livemode),
)

const changeSettings = route(updateSettingsOperation, async (tx, { org }, { body }) =>
  toSettings(await updateSettings(tx, org, body, machineNow()), org.livemode),
)

export const organisationRoutes: Route[] = [
  listKeys,
  createKey,
  deleteKey,
  createLink,
  getClock,
  advanceClock,
  getSettings,
  changeSettings,
]
