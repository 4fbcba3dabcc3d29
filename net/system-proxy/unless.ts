/** Not waiting longer than a signal allows, for work that cannot be stopped itself. */

/** What `work` gives, unless the signal is aborted before: then its reason. */
export async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {})
  let leave = () => {}
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
  })
  try {
    return await Promise.race([work, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
