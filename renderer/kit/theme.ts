/** One accent colour, a system font, quiet greys. Light and dark follow the system. */
import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Switch,
} from '@mantine/core'

const sea: MantineColorsTuple = [
  '#e3f4f0',
  '#c9e9e2',
  '#9ad6c9',
  '#6ac9b5',
  '#3fc0a9',
  '#1f9d88',
  '#128675',
  '#0c7a6b',
  '#0a6759',
  '#08564a',
]

/** Mantine's own greys for dark surfaces, with a breath of blue. */
const dark: MantineColorsTuple = [
  '#e8ecee',
  '#b8c2c8',
  '#93a0a8',
  '#6a767e',
  '#38424a',
  '#2f383e',
  '#232a2f',
  '#1c2226',
  '#171c1f',
  '#14181b',
]

const buttonColor: Readonly<Record<string, string>> = {
  filled: 'var(--tg-on-accent)',
  subtle: 'var(--tg-accent)',
}

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  colors: { sea, dark },
  defaultRadius: 9,
  fontFamily: 'Inter, "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '15px', xl: '17px' },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '17px' }, h2: { fontSize: '15px' } } },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // The window itself never scrolls, and what locks it would need a style element of its own. By name: dialogs are not in the first bundle.
    Modal: { defaultProps: { lockScroll: false, centered: true, radius: 12 } },
    Switch: Switch.extend({ defaultProps: { withThumbIndicator: false, size: 'sm' } }),
    Button: Button.extend({
      styles: { label: { fontWeight: 550 } },
      vars: (_theme, { variant = 'filled' }) => ({
        root: { '--button-color': buttonColor[variant] },
      }),
    }),
  },
})

/** The greys and the colours of states; every other colour is Mantine's. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8f9',
    '--mantine-color-text': '#1b2227',
    '--mantine-color-dimmed': '#5b666e',
    '--tg-card': '#ffffff',
    '--tg-line': '#e4e8eb',
    '--tg-accent': '#0c7a6b',
    '--tg-accent-soft': '#e3f4f0',
    '--tg-on-accent': '#ffffff',
    '--tg-ok': '#1f8a4c',
    '--tg-off': '#7d8890',
    '--tg-warn': '#9a5006',
    '--tg-warn-soft': '#fdf1e0',
  },
  dark: {
    '--mantine-color-body': '#14181b',
    '--mantine-color-text': '#e8ecee',
    '--mantine-color-dimmed': '#93a0a8',
    '--tg-card': '#1c2226',
    '--tg-line': '#2b3338',
    '--tg-accent': '#3fc0a9',
    '--tg-accent-soft': '#17332f',
    '--tg-on-accent': '#08211d',
    '--tg-ok': '#56c784',
    '--tg-off': '#7c8890',
    '--tg-warn': '#f0a955',
    '--tg-warn-soft': '#3a2a14',
  },
})
