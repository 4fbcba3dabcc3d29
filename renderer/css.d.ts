/** Style sheets are imported for their effect, modules of them for their class names. */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>
  export = classes
}
declare module '*.css'
