import { useText } from '../text/language.ts'
import { AlertIcon, ClockIcon, CrossIcon } from '../ui/icons.tsx'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import { safeLink } from './link.ts'
import { Outcome } from './outcomes.tsx'
import type { MessagePageProps } from './render.types.ts'

const icons = {
  not_found: <AlertIcon />,
  error: <AlertIcon />,
  rate_limited: <ClockIcon />,
  expired: <ClockIcon />,
  canceled: <CrossIcon />,
}

/** A page that only says something: not found, expired, canceled, gone wrong. */
export function MessagePage(props: Omit<MessagePageProps, 'assets' | 'locale'>) {
  const { kind = 'error', title, message, organisation, link, theme } = props
  const text = useText()
  const address = safeLink(link?.href)
  return (
    <div class="page page-message">
      <main class="message">
        {organisation && <OrganisationMark name={organisation.name} />}
        <Outcome tone="bad" icon={icons[kind]} title={title ?? text(`notice.${kind}.title`)}>
          <p class="outcome-lead">{message ?? text(`notice.${kind}.text`)}</p>
          {link && address && (
            <a class="button" href={address}>
              {link.label}
            </a>
          )}
        </Outcome>
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}
