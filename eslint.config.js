// Only the rules that Biome cannot check: those that need types, for promises, and the dependency rule.
import tseslint from 'typescript-eslint'

const layers = {
  shared: ['net', 'agent', 'gateway', 'cli', 'electron', 'renderer'],
  net: ['agent', 'gateway', 'cli', 'electron', 'renderer'],
  agent: ['gateway', 'cli', 'electron', 'renderer'],
  gateway: ['agent', 'cli', 'electron', 'renderer'],
  cli: ['electron', 'renderer'],
  electron: ['gateway', 'cli', 'renderer'],
  'electron/preload': ['net', 'agent', 'gateway', 'cli', 'electron', 'renderer'],
  renderer: ['net', 'agent', 'gateway', 'cli', 'electron'],
}

/** A window is a web page, and the preload has next to nothing: no Node in either, and what they say to main is the contract's. */
const besides = {
  shared: [{ regex: '^node:', message: 'shared is pure: no Node, no DOM. See ARCHITECTURE.md.' }],
  'electron/preload': [
    { regex: '^node:', message: 'A sandboxed preload has no Node. See ARCHITECTURE.md.' },
    {
      regex: '^(\\.\\./)+shared/(?!ipc/)',
      message: 'The preload knows shared/ipc alone. See ARCHITECTURE.md.',
    },
    { regex: '^\\.\\./(?!\\.\\./)', message: 'The preload knows shared/ipc alone. See ARCHITECTURE.md.' },
  ],
  renderer: [
    { regex: '^(node:|electron$)', message: 'A window has no Node and no Electron. See ARCHITECTURE.md.' },
  ],
}

const forbidden = (folder, others) => ({
  files: [`${folder}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${others.join('|')})/`,
            message: `${folder} must not import from here: see the dependency rule in ARCHITECTURE.md.`,
          },
          ...(besides[folder] ?? []),
        ],
      },
    ],
  },
})

export default [
  { ignores: ['dist/**', 'node_modules/**', 'scripts/**', '**/*.js', '**/*.mjs'] },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  ...Object.entries(layers).map(([folder, others]) => forbidden(folder, others)),
  {
    files: ['electron/**/*.ts'],
    ignores: ['electron/ipc/**', 'electron/preload/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportSpecifier[imported.name=/^ipc(Main|Renderer)$/]',
          message: 'What crosses to a window is declared in shared/ipc; electron/ipc alone speaks it.',
        },
      ],
    },
  },
]
