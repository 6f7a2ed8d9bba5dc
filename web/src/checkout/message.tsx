import { useText } from '../text/language.ts'
import { AlertIcon, CardIcon, CheckIcon, ClockIcon, CrossIcon } from '../ui/icons.tsx'
import { MessageFrame } from '../ui/message-frame.tsx'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import { safeLink } from './link.ts'
import { Outcome } from './outcomes.tsx'
import type { MessagePageProps } from './render.types.ts'

const icons = {
  not_found: <AlertIcon />,
  nothing_due: <CheckIcon />,
  error: <AlertIcon />,
  rate_limited: <ClockIcon />,
  too_large: <AlertIcon />,
  plan_unavailable: <CrossIcon />,
  expired: <ClockIcon />,
  canceled: <CrossIcon />,
  no_provider: <CardIcon />,
  welcome: <CheckIcon />,
}

/** A page that only says something: not found, expired, canceled, gone wrong. */
export function MessagePage(props: MessagePageProps) {
  const { kind = 'error', title, message, organisation, links = [], theme } = props
  const text = useText()
  const ways = links.flatMap(({ href, label }) => {
    const address = safeLink(href)
    return address ? [{ address, label }] : []
  })
  return (
    <MessageFrame theme={theme}>
      {organisation && <OrganisationMark name={organisation.name} />}
      <Outcome
        tone={kind === 'welcome' || kind === 'nothing_due' ? 'good' : 'bad'}
        icon={icons[kind]}
        title={title ?? text(`notice.${kind}.title`)}
      >
        <p class="outcome-lead">{message ?? text(`notice.${kind}.text`)}</p>
        {ways.length === 1 &&
          ways.map(({ address, label }) => (
            <a key={address} class="button" href={address}>
              {label}
            </a>
          ))}
        {ways.length > 1 && (
          <ul class="message-ways">
            {ways.map(({ address, label }) => (
              <li key={address}>
                <a href={address}>{label}</a>
              </li>
            ))}
          </ul>
        )}
      </Outcome>
    </MessageFrame>
  )
}
