import * as z from 'zod'
import { livemode, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'

export const TestClock = z
  .object({
    simulatedTime: time.nullable().meta({ description: 'Where the clock stands; null until it is first moved.' }),
    isActive: z.boolean().meta({ description: 'True once the clock was moved: it then stands still between steps.' }),
    now: time.meta({ description: 'The time that billing goes by: the simulated one, else the real one.' }),
    object: z.literal('test_clock'),
    livemode,
  })
  .meta({ id: 'TestClock', description: 'The clock of the sandbox.' })

export const getTestClockOperation = operation({
  id: 'TestClock.get',
  method: 'GET',
  path: '/test-clock',
  kind: 'read',
  summary: 'Retrieve the state of the test clock. Sandbox only.',
  data: TestClock,
  problems: ['sandbox_only'],
})

export const advanceTestClockOperation = operation({
  id: 'TestClock.advance',
  method: 'POST',
  path: '/test-clock',
  kind: 'write',
  summary: 'Move the test clock forward. Sandbox only.',
  description:
    'Give exactly one field. A step is at most two years. Process billing afterwards to bring about what is due.',
  body: z.object({
    advanceDays: z
      .int({ error: 'Must be a whole number of days.' })
      .min(1, { error: 'Must be at least 1.' })
      .max(1000, { error: 'A step is at most two years.' })
      .optional()
      .meta({ description: 'Days of 24 hours, counted from the time the clock shows.' }),
    frozenTime: time.optional().meta({ description: 'The time to stand at, later than the one the clock shows.' }),
  }),
  data: TestClock,
  problems: ['sandbox_only'],
})
