import { describePortalPlans } from '#hosted/actions/describe-portal-plans.ts'
import { describeOpened, type OpenedPortal, type PortalServices } from '#hosted/portal-access.ts'
import type { PortalActionName } from '#hosted/portal-actions.contract.ts'
import { Problem } from '#problem.ts'
import { billingIntervals } from '#time/interval.ts'

type Price = { readonly total: bigint; readonly currency: string }

/** What is bought costs more than the page has shown: it is shown again first, nobody pays what they have not seen. */
export class PriceRisen extends Problem {
  constructor() {
    super(
      'invalid_subscription_status',
      'The price has risen since it was shown. Nothing was charged. Look at it again.',
    )
  }
}

/** Refuses to charge more than a form has `shown`, as `900 usd`; null where it shows no price. Throws {@link PriceRisen}. */
export async function refuseRisen(
  services: PortalServices,
  portal: OpenedPortal,
  wanted: { readonly action: PortalActionName; readonly form: URLSearchParams; readonly shown: string | null },
): Promise<void> {
  const { action, form, shown } = wanted
  const match = /^(\d{1,16}) ([a-z]{3})$/.exec(shown ?? '')
  const now = match ? await priceNow(services, portal, action, form) : undefined
  // What is not sold any more is refused by whoever sells it.
  if (!match || !now) return
  if (now.currency !== match[2] || now.total > BigInt(match[1] ?? '')) throw new PriceRisen()
}

async function priceNow(
  services: PortalServices,
  portal: OpenedPortal,
  action: PortalActionName,
  form: URLSearchParams,
): Promise<Price | undefined> {
  if (action === 'change-plan') {
    const billingInterval = billingIntervals.find((one) => one === form.get('billingInterval'))
    const chosen = { planId: form.get('planId') ?? '', billingInterval }
    const { preview } = await describePortalPlans(services.db, portal.context, portal.session, chosen)
    return preview ?? undefined
  }
  const { subscription } = await describeOpened(services, portal)
  if (!subscription) return undefined
  const { currency, packs, addons, restart } = subscription
  if (action === 'retry') return restart ? { ...restart, currency } : undefined
  const pack = action === 'credit-packs' && packs.find(({ id }) => id === form.get('creditPackId'))
  if (pack) return { total: pack.total, currency }
  const addon = action === 'activate-addon' && addons.find(({ id }) => id === form.get('addonId'))
  return addon ? { total: addon.now, currency } : undefined
}
