/** What a newcomer's first question is, in the lines that `npm start` prints and in the demo. */
export const FIRST_QUESTION = 'What is the weather in Paris, and what is 17 * 23?'
