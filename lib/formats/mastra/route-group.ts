/** The routes of one class of Mastra's client: a line each, of method, path after `base`, and the class's method. */
export interface RouteGroup {
  owner: string
  base: string
  routes: string
}
