/** Made at build time; that proxy.ts lets it through for one caller is in its headers: no cache hands it to others. */
export default function Help() {
  return <h1>Only for whoever is signed in</h1>
}
