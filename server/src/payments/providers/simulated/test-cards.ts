/** What a test card does when it is charged or set up. */
export const behaviours = [
  'succeeds',
  'declines',
  // Good for its first charge or set-up with the customer there, declined ever after.
  'declines_later',
  // Asks the customer to authenticate; once that was approved, charges without the customer go through.
  'authenticates_once',
  // Asks the customer to authenticate every time; without the customer it is declined.
  'authenticates_always',
  // Asks the customer whenever they are there, and never when they are not.
  'authenticates_on_session',
  // Charged, and the customer's bank wants it back at once.
  'disputed_as_fraudulent',
  'disputed_as_not_received',
] as const
export type Behaviour = (typeof behaviours)[number]

/** Why a card is declined; what customers are told is in `decline-messages.ts`. */
export type DeclineCode =
  | 'card_declined'
  | 'insufficient_funds'
  | 'lost_card'
  | 'stolen_card'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'processing_error'
  | 'card_velocity_exceeded'
  | 'fraudulent'
  | 'authentication_required'
  | 'authentication_failed'
  | 'authentication_abandoned'

/** `declineCode`: what `declines` answers, and what an authenticating card answers in spite of an approval. */
export type TestCard = {
  readonly brand: string
  readonly country: string
  readonly behaviour: Behaviour
  readonly declineCode: DeclineCode | null
}

/**
 * The test card numbers that Stripe publishes (docs.stripe.com/testing): what integrators know by heart and what other
 * tools fill in. Accepted by list alone: a number need not look valid to be on it, and no other number is.
 */
const published: Readonly<Record<string, TestCard>> = {
  // By brand.
  '4242 4242 4242 4242': succeeds('visa', 'US'),
  '4000 0566 5566 5556': succeeds('visa', 'US'),
  '4012 8888 8888 1881': succeeds('visa', 'US'),
  '5555 5555 5555 4444': succeeds('mastercard', 'US'),
  '2223 0031 2200 3222': succeeds('mastercard', 'US'),
  '5200 8282 8282 8210': succeeds('mastercard', 'US'),
  '5105 1051 0510 5100': succeeds('mastercard', 'US'),
  '3782 822463 10005': succeeds('amex', 'US'),
  '3714 496353 98431': succeeds('amex', 'US'),
  '6011 1111 1111 1117': succeeds('discover', 'US'),
  '6011 0009 9013 9424': succeeds('discover', 'US'),
  '6011 9811 1111 1113': succeeds('discover', 'US'),
  '6555 9000 0060 4105': succeeds('discover', 'US'),
  '3056 9300 0902 0004': succeeds('diners', 'US'),
  '3622 720627 1667': succeeds('diners', 'US'),
  '3056 930902 5904': succeeds('diners', 'US'),
  '3852 000002 3237': succeeds('diners', 'US'),
  '3566 0020 2036 0505': succeeds('jcb', 'US'),
  '6200 0000 0000 0005': succeeds('unionpay', 'US'),
  '6200 0000 0000 0047': succeeds('unionpay', 'US'),
  '6205 5000 0000 0000 004': succeeds('unionpay', 'US'),

  // By country.
  '4000 0003 2000 0021': succeeds('visa', 'AR'),
  '4000 0007 6000 0002': succeeds('visa', 'BR'),
  '4000 0012 4000 0000': succeeds('visa', 'CA'),
  '4000 0015 2000 0001': succeeds('visa', 'CL'),
  '4000 0017 0000 0003': succeeds('visa', 'CO'),
  '4000 0018 8000 0005': succeeds('visa', 'CR'),
  '4000 0021 8000 0000': succeeds('visa', 'EC'),
  '4000 0048 4000 8001': succeeds('visa', 'MX'),
  '4000 0059 1000 0000': succeeds('visa', 'PA'),
  '4000 0060 0000 0066': succeeds('visa', 'PY'),
  '4000 0060 4000 0068': succeeds('visa', 'PE'),
  '4000 0085 8000 0003': succeeds('visa', 'UY'),
  '4000 0078 4000 0001': succeeds('visa', 'AE'),
  '5200 0078 4000 0022': succeeds('mastercard', 'AE'),
  '4000 0004 0000 0008': succeeds('visa', 'AT'),
  '4000 0005 6000 0004': succeeds('visa', 'BE'),
  '4000 0010 0000 0000': succeeds('visa', 'BG'),
  '4000 0011 2000 0005': succeeds('visa', 'BY'),
  '4000 0019 1000 0009': succeeds('visa', 'HR'),
  '4000 0019 6000 0008': succeeds('visa', 'CY'),
  '4000 0020 3000 0002': succeeds('visa', 'CZ'),
  '4000 0020 8000 0001': succeeds('visa', 'DK'),
  '4000 0023 3000 0009': succeeds('visa', 'EE'),
  '4000 0024 6000 0001': succeeds('visa', 'FI'),
  '4000 0025 0000 0003': succeeds('visa', 'FR'),
  '4000 0025 0000 1001': succeeds('visa', 'FR'),
  '5555 5525 0000 1001': succeeds('mastercard', 'FR'),
  '4000 0027 6000 0016': succeeds('visa', 'DE'),
  '4000 0029 2000 0005': succeeds('visa', 'GI'),
  '4000 0030 0000 0030': succeeds('visa', 'GR'),
  '4000 0034 8000 0005': succeeds('visa', 'HU'),
  '4000 0037 2000 0005': succeeds('visa', 'IE'),
  '4000 0038 0000 0008': succeeds('visa', 'IT'),
  '4000 0042 8000 0005': succeeds('visa', 'LV'),
  '4000 0043 8000 0004': succeeds('visa', 'LI'),
  '4000 0044 0000 0000': succeeds('visa', 'LT'),
  '4000 0044 2000 0006': succeeds('visa', 'LU'),
  '4000 0047 0000 0007': succeeds('visa', 'MT'),
  '4000 0052 8000 0002': succeeds('visa', 'NL'),
  '4000 0057 8000 0007': succeeds('visa', 'NO'),
  '4000 0061 6000 0005': succeeds('visa', 'PL'),
  '4000 0062 0000 0007': succeeds('visa', 'PT'),
  '4000 0064 2000 0001': succeeds('visa', 'RO'),
  '4000 0068 2000 0007': succeeds('visa', 'SA'),
  '4000 0070 5000 0006': succeeds('visa', 'SI'),
  '4000 0070 3000 0001': succeeds('visa', 'SK'),
  '4000 0072 4000 0007': succeeds('visa', 'ES'),
  '4000 0075 2000 0008': succeeds('visa', 'SE'),
  '4000 0075 6000 0009': succeeds('visa', 'CH'),
  '4000 0082 6000 0000': succeeds('visa', 'GB'),
  '4000 0582 6000 0005': succeeds('visa', 'GB'),
  '5555 5582 6555 4449': succeeds('mastercard', 'GB'),
  '4000 0003 6000 0006': succeeds('visa', 'AU'),
  '4000 0503 6000 0001': succeeds('visa', 'AU'),
  '5555 0503 6000 0080': succeeds('mastercard', 'AU'),
  '4000 0015 6000 0002': succeeds('visa', 'CN'),
  '4000 0034 4000 0004': succeeds('visa', 'HK'),
  '4000 0035 6000 0008': succeeds('visa', 'IN'),
  '4000 0039 2000 0003': succeeds('visa', 'JP'),
  '3530 1113 3330 0000': succeeds('jcb', 'JP'),
  '4000 0045 8000 0002': succeeds('visa', 'MY'),
  '4000 0055 4000 0008': succeeds('visa', 'NZ'),
  '4000 0070 2000 0003': succeeds('visa', 'SG'),
  '4000 0015 8000 0008': succeeds('visa', 'TW'),
  '4000 0076 4000 0003': succeeds('visa', 'TH'),
  '4000 0576 4000 0008': succeeds('visa', 'TH'),

  // Declines.
  '4000 0000 0000 0002': declines('card_declined'),
  '4000 0000 0000 9995': declines('insufficient_funds'),
  '4000 0000 0000 9987': declines('lost_card'),
  '4000 0000 0000 9979': declines('stolen_card'),
  '4000 0000 0000 0069': declines('expired_card'),
  '4000 0000 0000 0127': declines('incorrect_cvc'),
  '4000 0000 0000 0119': declines('processing_error'),
  '4000 0000 0000 6975': declines('card_velocity_exceeded'),
  '4100 0000 0000 0019': declines('fraudulent'),
  '4000 0000 0000 4954': declines('fraudulent'),
  '4000 0000 0000 0341': visa('declines_later', 'card_declined'),

  // Authentication.
  '4000 0025 0000 3155': visa('authenticates_once'),
  '4000 0000 0000 3220': visa('authenticates_always'),
  '4000 0027 6000 3184': visa('authenticates_always'),
  '4000 0038 0000 0446': visa('authenticates_on_session'),
  '4000 0082 6000 3178': visa('authenticates_always', 'insufficient_funds'),
  '4000 0084 0000 1629': visa('authenticates_always', 'card_declined'),
  '4000 0084 0000 1280': declines('card_declined'),
  '4000 0000 0000 3055': succeeds('visa', 'US'),
  '4000 0000 0000 3097': succeeds('visa', 'US'),

  // Risk and address checks, refunds, disputes, balance: the charge itself succeeds.
  '4000 0000 0000 9235': succeeds('visa', 'US'),
  '4000 0000 0000 0101': succeeds('visa', 'US'),
  '4000 0000 0000 0036': succeeds('visa', 'US'),
  '4000 0000 0000 0028': succeeds('visa', 'US'),
  '4000 0000 0000 0010': succeeds('visa', 'US'),
  '4000 0000 0000 0044': succeeds('visa', 'US'),
  '4000 0000 0000 7726': succeeds('visa', 'US'),
  '4000 0000 0000 5126': succeeds('visa', 'US'),
  '4000 0000 0000 0259': visa('disputed_as_fraudulent'),
  '4000 0000 0000 2685': visa('disputed_as_not_received'),
  '4000 0000 0000 1976': succeeds('visa', 'US'),
  '4000 0000 0000 5423': succeeds('visa', 'US'),
  '4000 0004 0400 0079': succeeds('visa', 'US'),
  '4000 0000 0000 0077': succeeds('visa', 'US'),
  '4000 0037 2000 0278': succeeds('visa', 'IE'),
}

const byDigits = new Map(Object.entries(published).map(([number, card]) => [number.replaceAll(' ', ''), card]))

/** The test card with these digits, or undefined. */
export function findTestCard(digits: string): TestCard | undefined {
  return byDigits.get(digits)
}

/** Every number of the list, digits only. */
export const testCardNumbers: readonly string[] = [...byDigits.keys()]

function succeeds(brand: string, country: string): TestCard {
  return { brand, country, behaviour: 'succeeds', declineCode: null }
}

function declines(declineCode: DeclineCode): TestCard {
  return visa('declines', declineCode)
}

function visa(behaviour: Behaviour, declineCode: DeclineCode | null = null): TestCard {
  return { brand: 'visa', country: 'US', behaviour, declineCode }
}
