/**
 * Tell TypeScript of the build's variables.
 */
interface ImportMetaEnv {
  readonly VITE_API_URL?: string;
}
