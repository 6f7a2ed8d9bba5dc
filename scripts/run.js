// node scripts/run.js <file> [arguments]: runs a TypeScript file of this repository with the pinned Node.
import { runPinned } from './pinned-node.js'
import { prepare } from './prepare.js'

prepare()
runPinned(process.argv.slice(2))
