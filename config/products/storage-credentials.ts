/** Credentials file of the S3 clients of Loki and Thanos. Backticks quote any other character. */
export function renderCredentials(accessKey: string, secretKey: string): string {
  return `[default]\naws_access_key_id = \`${accessKey}\`\naws_secret_access_key = \`${secretKey}\`\n`;
}
