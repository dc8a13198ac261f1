/** Decodes UTF-8 strictly: overlong forms, surrogates, values above U+10FFFF and cut-off sequences give undefined. RFC 3629 §3. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = ''
  let units: number[] = []
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++]!
    let point = first
    if (first > 0x7f) {
      const following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1
      if (first < 0xc2 || first > 0xf4 || index + following > bytes.length) return undefined
      point = first & (0x3f >> following)
      for (let part = 0; part < following; part++) {
        const next = bytes[index++]!
        if ((next & 0xc0) !== 0x80) return undefined
        point = (point << 6) | (next & 0x3f)
      }
      const isOverlong = point < (following === 3 ? 0x10000 : following === 2 ? 0x800 : 0x80)
      if (isOverlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
    }
    if (point > 0xffff) units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
    else units.push(point)
    if (units.length > 4096) {
      text += String.fromCharCode(...units)
      units = []
    }
  }
  return text + String.fromCharCode(...units)
}
