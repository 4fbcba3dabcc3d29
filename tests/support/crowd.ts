/** For `tildegate.toml` where a whole crowd comes from one address: load tests and benches. */
export const allowsCrowds = '[limits]\nrequestBurstPerAddress = 1000000000\n'
