/** What a newcomer's first question is, in the lines that `npm start` prints and in the demo: about app/'s own tools. */
export const FIRST_QUESTION = 'Roll two dice, and convert 26.2 miles to kilometers'
