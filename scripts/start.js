// npm start: a fresh clone becomes a running Halley.
import { join } from 'node:path'
import { heapLimits } from './heap.js'
import { runPinned } from './pinned-node.js'
import { prepare, prepareWeb, root } from './prepare.js'

prepare()
if (!prepareWeb()) process.exit(1)
runPinned([...heapLimits(), join(root, 'server', 'src', 'main.ts'), ...process.argv.slice(2)])
