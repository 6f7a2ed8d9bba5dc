import type { ComponentChildren } from 'preact'
import type { PageTheme } from '../checkout/render.types.ts'
import { SandboxBanner } from '../checkout/sandbox.tsx'
import { PageFooter } from './page-footer.tsx'

type MessageFrameProps = { theme: PageTheme; isSandbox?: boolean; children: ComponentChildren }

/** The frame of a page that is about one thing only. */
export function MessageFrame({ theme, isSandbox = false, children }: MessageFrameProps) {
  return (
    <div class="page page-message">
      {isSandbox && <SandboxBanner />}
      <main class="message">{children}</main>
      <PageFooter theme={theme} />
    </div>
  )
}
