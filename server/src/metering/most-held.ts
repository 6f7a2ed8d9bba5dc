/** The most that an account holds, credits or balance: amounts leave as JSON numbers. */
export const mostHeld = BigInt(Number.MAX_SAFE_INTEGER)
