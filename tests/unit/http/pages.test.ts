import { describe, expect, test } from 'vitest'
import { ownPage, pageStatus } from '../../../gateway/pages/own-page.ts'
import { languages, pageKinds, pageTexts } from '../../../gateway/pages/texts.ts'

const header = (headers: readonly string[], name: string) => headers[headers.indexOf(name) + 1]

describe('a page of our own', () => {
  test.each([
    [undefined, 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr-CA', 'fr'],
    ['ja, fr;q=0.5', 'fr'],
    ['ja', 'en'],
    ['*', 'en'],
    ['en;q=0, de', 'de'],
    [';;;q=x', 'en'],
  ])('for Accept-Language %s speaks %s', (accepted, language) => {
    const headers = accepted === undefined ? {} : { 'accept-language': accepted }
    const page = ownPage('busy', headers)
    expect(header(page.headers, 'Content-Language')).toBe(language)
    expect(page.body.toString()).toContain(`<html lang="${language}">`)
  })

  test.each([
    [undefined, 'html'],
    ['*/*', 'html'],
    ['text/html,application/xhtml+xml,application/json;q=0.9', 'html'],
    ['application/json', 'json'],
    ['application/json, text/plain, */*', 'json'],
    ['image/png', 'html'],
  ])('for Accept %s is %s', (accept, kind) => {
    const page = ownPage('no-answer', accept === undefined ? {} : { accept })
    expect(header(page.headers, 'Content-Type')).toContain(kind)
    if (kind === 'json') {
      const { error } = JSON.parse(page.body.toString()) as { error: { code: string; message: string } }
      expect(error.code).toBe('no-answer')
      expect(error.message.length).toBeGreaterThan(20)
    }
  })

  test.each(pageKinds)('%s is small, strict and not stored', kind => {
    for (const language of languages) {
      const page = ownPage(kind, { 'accept-language': language })
      const html = page.body.toString()
      expect(page.status).toBe(pageStatus[kind])
      expect(page.body.length).toBeLessThan(4096)
      expect(header(page.headers, 'Content-Length')).toBe(String(page.body.length))
      expect(header(page.headers, 'Cache-Control')).toBe('no-store')
      expect(header(page.headers, 'Content-Security-Policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-/,
      )
      expect(html).toContain('<h1>')
      expect(html).not.toMatch(/<script|src=|https?:|@import|url\(|tildegate/i)
      expect(page.headers.join()).not.toMatch(/tildegate|server/i)
    }
  })

  test('has every text in every language, and no two alike', () => {
    for (const language of languages) {
      const titles = pageKinds.map(kind => pageTexts[language][kind].title)
      expect(new Set(titles).size).toBe(pageKinds.length)
      for (const kind of pageKinds) {
        for (const text of Object.values(pageTexts[language][kind])) expect(text).not.toBe('')
      }
    }
  })

  test('says when to come back only where it is busy', () => {
    for (const kind of pageKinds) {
      expect(ownPage(kind, {}).headers.includes('Retry-After')).toBe(kind === 'busy')
    }
  })
})
