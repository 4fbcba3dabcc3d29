/** All texts of the windows in English. German and French have the same keys: the type asks for it, a test looks for the rest. */
export const en = {
  nav: { label: 'Pages', shared: 'Shared', activity: 'Activity', settings: 'Settings' },
  common: {
    back: 'Back',
    cancel: 'Cancel',
    close: 'Close',
    copied: 'Copied',
    copy: 'Copy',
    open: 'Open',
    tryAgain: 'Try again now',
    loading: 'One moment…',
  },
  engine: {
    restarting: 'The tunnels are being restarted. This window stays as it is meanwhile.',
  },
  file: {
    changed: 'The file changed. Tunnels go on with the old settings until the agent restarts.',
    apply: 'Restart agent',
  },
  shared: {
    title: 'Shared from this PC',
    shareSomething: 'Share something',
    emptyTitle: 'Nothing is shared yet',
    emptyText: 'Share a service of this PC, and reach it from any browser through your gateway.',
    serviceAt: '{{title}} at {{address}}',
    service: 'The service at {{address}}',
    welcome: 'The welcome page',
    switchOf: 'Share {{name}}',
    detailsOf: 'Details of {{name}}',
    copyAddressOf: 'Copy the address of {{name}}',
    openAddressOf: 'Open the address of {{name}}',
    trafficOf: 'Traffic of the last minute of {{name}}',
  },
  state: {
    off: 'Off',
    closing: 'Switching off…',
    starting: 'Starting…',
    dialling: 'Connecting to the gateway…',
    diallingProxy: 'Connecting through proxy {{hop}}, {{address}}…',
    proving: 'Proving the password…',
    connected: 'Connected',
    connectedFor: 'Connected for {{duration}}',
    waiting: 'Tries again {{when}}',
    waitingNow: 'Tries again now',
    needsUser: 'Needs your attention',
    roundTrip: '{{ms}} ms',
    visitors_one: '{{count}} visitor now',
    visitors_other: '{{count}} visitors now',
    proven: 'encrypted end to end',
    unproven: 'inspected on the way, encrypted inside',
    plain: 'encrypted inside',
  },
  problem: {
    hop: 'At proxy {{hop}} of {{count}}',
  },
}

/** Every text of one language: the same keys as in English. */
export type Texts = {
  readonly [Page in keyof typeof en]: { readonly [Key in keyof (typeof en)[Page]]: string }
}
