// Stands in for the schemas of OpenAI's own tools (web search, shell and others), which agents here do not have
// (docs/decisions/0021). A build that misses a name here took a file of the app's own for one of them: call it otherwise.

function left(): never {
  throw new TypeError("Cannot use OpenAI's own tools: take their aliases out of wrangler.toml")
}

export {
  left as applyPatchInputSchema,
  left as applyPatchOutputSchema,
  left as codeInterpreterArgsSchema,
  left as computerInputSchema,
  left as computerOutputSchema,
  left as customArgsSchema,
  left as fileSearchArgsSchema,
  left as imageGenerationArgsSchema,
  left as localShellInputSchema,
  left as localShellOutputSchema,
  left as mcpArgsSchema,
  left as programmaticToolCallingInputSchema,
  left as programmaticToolCallingOutputSchema,
  left as shellArgsSchema,
  left as shellInputSchema,
  left as shellOutputSchema,
  left as toolSearchArgsSchema,
  left as toolSearchInputSchema,
  left as toolSearchOutputSchema,
  left as webSearchArgsSchema,
  left as webSearchOutputSchema,
  left as webSearchPreviewArgsSchema,
}
