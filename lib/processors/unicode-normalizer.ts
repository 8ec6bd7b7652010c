import { mapTexts } from './block-text.ts'
import type { Processor } from './processor.ts'

export interface UnicodeNormalizerOptions {
  /** Default: `unicode-normalizer`. */
  id?: string
  /** Letters that only look different become one (full width, ligatures, superscripts). Default: true; else NFC. */
  nfkc?: boolean
  /** Runs of blanks become one, more than two line breaks two, and the ends are trimmed. Default: false. */
  collapseWhitespace?: boolean
}

/**
 * Makes what users write say what it shows: one form for each letter, no control characters but tab and line break, and
 * nothing that takes no room, which is where words for the model alone are hidden. Joiners stay where a script or an
 * emoji needs them.
 */
export function unicodeNormalizer(options: UnicodeNormalizerOptions = {}): Processor {
  const { id = 'unicode-normalizer' } = options
  return {
    id,
    processInput: ({ messages }) => mapTexts(messages, (text) => normalize(text, options)),
  }
}

const CONTROLS = /(?![\t\n])\p{Cc}/gu

/** Zero-width space, soft hyphen, directions, invisible operators, byte order mark, variants of nothing. */
const INVISIBLE =
  /\u034F|[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|(?<=[\uFE00-\uFE0F])[\uFE00-\uFE0F]/g

/** Invisible letters; after a black flag they name a region. */
const TAGS = /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{2,6}\u{E007F}|[\u{E0000}-\u{E0FFF}]/gu

/** A joiner has work within scripts whose letters shape each other, and between emojis. */
const IDLE_JOINERS =
  /(?<![\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{sc=Arab}\p{sc=Deva}\p{sc=Beng}\p{sc=Sinh}\p{sc=Mlym}])[\u200C\u200D]|[\u200C\u200D](?![\p{Extended_Pictographic}\p{sc=Arab}\p{sc=Deva}\p{sc=Beng}\p{sc=Sinh}\p{sc=Mlym}])/gu

function normalize(
  text: string,
  { nfkc = true, collapseWhitespace = false }: UnicodeNormalizerOptions,
): string {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(CONTROLS, '')
    .replaceAll(INVISIBLE, '')
    .replaceAll(TAGS, (found) => (found.startsWith('\u{1F3F4}') ? found : ''))
    .replaceAll(IDLE_JOINERS, '')
    .normalize(nfkc ? 'NFKC' : 'NFC')
  return collapseWhitespace ? collapse(clean) : clean
}

function collapse(text: string): string {
  return text
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
