// Only the rules that Biome cannot check: those that need types, for promises, and the dependency rule.
import tseslint from 'typescript-eslint'

const layers = {
  shared: ['net', 'agent', 'gateway', 'cli', 'electron', 'renderer'],
  net: ['agent', 'gateway', 'cli', 'electron', 'renderer'],
  agent: ['gateway', 'cli', 'electron', 'renderer'],
  gateway: ['agent', 'cli', 'electron', 'renderer'],
  cli: ['electron', 'renderer'],
  electron: ['gateway', 'cli', 'renderer'],
}

const forbidden = (folder, others) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${others.join('|')})/`,
            message: `${folder} must not import from here: see the dependency rule in ARCHITECTURE.md.`,
          },
          ...(folder === 'shared'
            ? [{ regex: '^node:', message: 'shared is pure: no Node, no DOM. See ARCHITECTURE.md.' }]
            : []),
        ],
      },
    ],
  },
})

export default [
  { ignores: ['dist/**', 'node_modules/**', 'scripts/**', '**/*.js', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
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
]
