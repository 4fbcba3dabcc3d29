/** The app's mark. */
export function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="7" fill="#0c7a6b" />
      <path
        d="M5 14.2c1.6-4.6 4.2-4.6 7-2.2s5.4 2.4 7-2.2"
        stroke="#fff"
        strokeWidth="2.4"
        fill="none"
        strokeLinecap="round"
      />
    </svg>
  )
}
