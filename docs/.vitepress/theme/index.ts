import type { Theme } from 'vitepress'
import plain from 'vitepress/theme-without-fonts'
import '../../../packages/server/src/pages/views/styles/tokens.css'
import './theme.css'

/** VitePress's own theme in the product's colours and type, with no font to load. */
export default { extends: plain } satisfies Theme
