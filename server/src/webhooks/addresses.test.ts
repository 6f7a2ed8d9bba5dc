import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayDial, refuseUrl } from '#webhooks/addresses.ts'

/** Nothing of this is public, however it is written. */
const closed = [
  // This machine.
  '127.0.0.1',
  '127.255.255.254',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:127.0.0.1',
  // Nobody in particular.
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:0.0.0.0',
  '255.255.255.255',
  // Private networks.
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  '::ffff:10.0.0.1',
  '::ffff:192.168.1.1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  // The link, and the metadata of clouds.
  '169.254.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  'febf::1',
  // Shared by providers.
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  // Reserved, documentation, benchmarks, multicast.
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '254.1.1.1',
  'ff02::1',
  'ff0e::1',
  // IPv6 that carries IPv4 or leads elsewhere.
  '::127.0.0.1',
  '::10.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2001::1',
  '2001:0:7f00:1::',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2001:2::1',
  '100::1',
  'fec0::1',
  '5f00::1',
  '3fff::1',
]

test('nothing but public addresses may be dialled in live mode', () => {
  for (const address of closed) assert.equal(mayDial(address, 'public'), false, address)
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '172.32.0.1',
    '100.63.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])
    assert.equal(mayDial(address, 'public'), true, address)
  for (const text of ['', 'localhost', '1', '127.1', '0x7f.1', 'example.com', '::1%lo', '[::1]'])
    assert.equal(mayDial(text, 'public') && text !== '', false, text)
})

test('the sandbox may also dial this machine, and nothing else that is not public', () => {
  const own = ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:127.0.0.1']
  // Read as what it carries.
  own.push('::127.0.0.1')
  for (const address of closed) assert.equal(mayDial(address, 'public_or_loopback'), own.includes(address), address)
})

/** One address, in every spelling that a resolver or a parser may take. */
const spellings = {
  '127.0.0.1': [
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7f.0x0.0x0.0x1',
    '0177.0.0.1',
    '0177.0x0.1',
    '127.1',
    '127.0.1',
    '127.0.0.1.',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
  ],
  '169.254.169.254': [
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '0xa9.0xfe.0xa9.0xfe',
    '169.254.43518',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
  ],
  '10.0.0.1': ['167772161', '0x0a000001', '012.0.0.1', '10.1', '[::ffff:10.0.0.1]'],
}

test('an address is recognised in every spelling: decimal, octal, hexadecimal, short, as IPv6', () => {
  for (const [address, ways] of Object.entries(spellings)) {
    for (const host of [address, ...ways]) {
      assert.equal(typeof refuseUrl(`https://${host}/hook`, true), 'string', `${host} in live mode`)
      const isOwn = address === '127.0.0.1'
      assert.equal(refuseUrl(`http://${host}/hook`, false) === undefined, isOwn, `${host} in the sandbox`)
    }
  }
})

test('live endpoints are https and not of this machine by name either; nobody puts a password into an address', () => {
  assert.match(refuseUrl('http://example.com', true) ?? '', /https/)
  for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost'])
    assert(refuseUrl(`https://${host}`, true), host)
  assert.match(refuseUrl('https://a:b@example.com', false) ?? '', /password/)
  for (const text of ['ftp://example.com', 'file:///etc/passwd', 'gopher://example.com', 'javascript:1', 'nonsense'])
    assert.match(refuseUrl(text, false) ?? '', /http/)
  assert.equal(refuseUrl('https://example.com:8443/hook?a=b', true), undefined)
})
