/** Ends the sentence "It would be able to …". Scopes of the application's own are shown by their name. */
const words: Readonly<Record<string, string>> = {
  openid: 'know that it is you',
  profile: 'see your name',
  email: 'see your mail address',
  offline_access: 'go on while you are away, until you sign out everywhere',
}

/** What a scope means, for the consent page. */
export function scopeWords(name: string): { name: string; text: string } {
  return { name, text: Object.hasOwn(words, name) ? words[name]! : name }
}
