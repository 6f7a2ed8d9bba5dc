#!/usr/bin/env node
// The command line program: halley <command>.
import { join } from 'node:path'
import { runPinned } from './pinned-node.js'
import { prepare, root } from './prepare.js'

prepare()
runPinned([join(root, 'server', 'src', 'cli', 'halley.ts'), ...process.argv.slice(2)])
