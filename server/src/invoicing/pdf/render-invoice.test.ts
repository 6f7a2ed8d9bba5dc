import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { extractText, getDocumentProxy } from 'unpdf'
import { type DocumentFacts, invoiceDocument } from '#invoicing/document.ts'
import { line } from '#invoicing/invoice-draft.ts'
import { renderInvoice } from '#invoicing/pdf/render-invoice.ts'
import { units } from '#money/quantity.ts'
import { unknownSeller } from '#organisations/seller.ts'
import { acme, ada, documentFacts } from '../../../test/support/invoice-documents.ts'

/** The text of each page, with plain spaces. */
async function pagesOf(facts: DocumentFacts): Promise<string[]> {
  const file = await renderInvoice(invoiceDocument(facts))
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)))
  return text.map((page) => page.replaceAll(/\s+/g, ' '))
}

async function textOf(facts: DocumentFacts): Promise<string> {
  return (await pagesOf(facts)).join(' ')
}

function holds(text: string, ...parts: string[]): void {
  for (const part of parts) assert(text.includes(part), `"${part}" is in: ${text}`)
}

function lacks(text: string, ...parts: string[]): void {
  for (const part of parts) assert(!text.includes(part), `"${part}" is not in: ${text}`)
}

const spaniard = {
  email: 'maria@ejemplo.es',
  fullName: 'María José Núñez',
  taxDocument: 'ESX1234567L',
  taxExemption: null,
  address: {
    ...ada.address,
    line1: 'Carrer de Balmes 12',
    line2: null,
    city: 'Barcelona',
    state: null,
    postalCode: '08001',
    country: 'ES',
  },
}

test('an invoice says who sold what to whom, when, for how much, and how it was paid', async () => {
  const text = await textOf(documentFacts())
  holds(text, 'Invoice', 'Number INV-000042', 'Issue date June 16, 2026', 'Due date June 16, 2026')
  holds(text, 'Period Jun 16, 2026 – Jul 15, 2026')
  holds(text, 'From Acme Software S.L.', 'Calle de Alcalá 1 28014 Madrid Spain', 'VAT ID ESB12345678')
  holds(text, 'Billed to Ada Lovelace', '100 Market Street Suite 300 San Francisco, CA 94105 United States')
  holds(text, 'Amount (USD)', 'Pro Jun 16, 2026 – Jul 15, 2026 1 99.00 99.00', 'Introductory offer −9.90')
  holds(text, 'API calls: usage beyond what is included 1,250 used, 1,000 included', '250 0.01 2.50')
  holds(text, 'Subtotal 101.50', 'Discounts −9.90', 'Total USD $91.60', 'Paid −91.60', 'Amount due 0.00')
  holds(text, '$91.60 paid on June 16, 2026 With Visa ending in 4242.')
  holds(text, 'Registro Mercantil de Madrid, T 1, F 2', 'Page 1 of 1')
  lacks(text, 'Sandbox', 'Reverse charge', 'How to pay')
})

test('a buyer in Spain reads Spanish, with tax at its rate and where to pay', async () => {
  const text = await textOf(
    documentFacts({
      buyer: spaniard,
      card: null,
      payUrl: 'https://billing.example.com/checkout/abc',
      invoice: { status: 'outstanding', paidAt: null, currency: 'eur', taxAmount: 1924n, total: 11_084n },
      taxes: {
        shares: [{ name: 'IVA', rate: 210_000n, taxable: 9160n, amount: 1924n }],
        isReverseCharge: false,
        exemption: null,
      },
    }),
  )
  holds(text, 'Factura', 'Fecha de emisión 16 de junio de 2026', 'Vencimiento 16 de junio de 2026')
  holds(text, 'Emisor Acme Software S.L.', 'Cliente María José Núñez Carrer de Balmes 12 08001 Barcelona España')
  holds(text, 'NIF-IVA ESX1234567L', 'API calls: uso por encima de lo incluido 1.250 usadas, 1.000 incluidas')
  holds(text, 'Base imponible 91,60', 'IVA 21 % sobre 91,60 19,24', 'Total EUR 110,84 €')
  holds(text, '110,84 € a pagar el 16 de junio de 2026')
  holds(text, 'Cómo pagar Pago en línea: https://billing.example.com/checkout/abc', 'Página 1 de 1')
  lacks(text, 'Invoice', 'Billed to', 'Page')
})

test('an add-on is named with its days, price and what they cost, in the buyer’s language', async () => {
  const day = (text: string) => Temporal.PlainDate.from(text)
  const lines = [
    line({
      lineType: 'addon_base',
      description: 'Soporte (15 of 30 days)',
      featureName: 'Priority support',
      quantity: units(1),
      unitAmount: 1000n,
      amount: 500n,
      startsOn: day('2026-06-16'),
      endsOn: day('2026-07-01'),
      basis: { kind: 'addon', addonId: 'adn_1', revision: 1, part: { days: 15, of: 30 } },
    }),
  ]
  const invoice = { type: 'addon_activation', subtotal: 500n, discountAmount: 0n, total: 500n } as const
  const english = await textOf(documentFacts({ lines, invoice }))
  holds(english, 'Soporte (15 of 30 days) Jun 16, 2026 – Jun 30, 2026 1 10.00 5.00', 'Total USD $5.00')
  const spanish = await textOf(documentFacts({ lines, invoice, buyer: spaniard }))
  holds(spanish, 'Soporte (15 de 30 días)', '1 10,00 5,00')
  lacks(spanish, 'of 30 days')
})

test('every rate of tax has its line with what it is on', async () => {
  const text = await textOf(
    documentFacts({
      invoice: { taxAmount: 1500n, total: 10_660n },
      taxes: {
        shares: [
          { name: 'VAT', rate: 210_000n, taxable: 5000n, amount: 1050n },
          { name: 'VAT', rate: 108_200n, taxable: 4160n, amount: 450n },
        ],
        isReverseCharge: false,
        exemption: null,
      },
    }),
  )
  holds(text, 'Total before tax 91.60', 'VAT 21% on 50.00 10.50', 'VAT 10.82% on 41.60 4.50', 'Total USD $106.60')
})

test('tax is told in the seller’s currency too, with the rate, where one was noted and there is tax', async () => {
  const shares = [{ name: 'VAT', rate: 210_000n, taxable: 9160n, amount: 1924n }]
  const taxes = { shares, isReverseCharge: false, exemption: null }
  const invoice = { taxAmount: 1924n, total: 11_084n, sellerCurrency: 'eur', sellerCurrencyRate: '0.92' }
  holds(await textOf(documentFacts({ taxes, invoice })), 'Tax in EUR: €17.70 (1 USD = 0.92 EUR).')
  const spanish = await textOf(documentFacts({ taxes, invoice, buyer: spaniard }))
  holds(spanish, 'Impuesto en EUR: 17,70 € (1 USD = 0,92 EUR).')
  lacks(await textOf(documentFacts({ taxes, invoice: { taxAmount: 1924n, total: 11_084n } })), 'Tax in')
  lacks(await textOf(documentFacts({ invoice: { sellerCurrency: 'eur', sellerCurrencyRate: '0.92' } })), 'Tax in')
})

test('a seller in India gives a tax invoice with the code of what is sold beside each line', async () => {
  const seat = { ...acme.address, city: 'Mumbai', postalCode: '400001', country: 'IN' }
  const seller = { ...acme, address: seat, taxId: '27AAPFU0939F1ZV', hsnCode: '998314' }
  const text = await textOf(documentFacts({ seller }))
  holds(text, 'Tax invoice', 'GSTIN 27AAPFU0939F1ZV', 'Pro Jun 16, 2026 – Jul 15, 2026 · HSN/SAC code 998314 1 99.00')
  // The line of usage too, whose detail goes on below; a discount is not sold.
  assert.equal(text.split('998314').length - 1, 2)
  lacks(await textOf(documentFacts({ seller: { ...acme, hsnCode: '998314' } })), 'HSN')
})

test('a purchase order is named beside the number', async () => {
  holds(await textOf(documentFacts({ invoice: { poNumber: 'PO-7781' } })), 'PO number PO-7781')
})

test('reverse charge and exemptions are said in the words the law wants, in the buyer’s language', async () => {
  const taxes = { shares: [], isReverseCharge: true, exemption: null }
  holds(await textOf(documentFacts({ taxes })), 'Reverse charge', 'Article 196')
  holds(await textOf(documentFacts({ taxes, buyer: spaniard })), 'Inversión del sujeto pasivo', 'artículo 196')
  const exempt = { shares: [], isReverseCharge: false, exemption: 'Article 132' }
  holds(await textOf(documentFacts({ taxes: exempt })), 'Exempt from tax: Article 132')
})

test('a long invoice goes over pages: each has the columns, its number and how many there are', async () => {
  const lines = Array.from({ length: 90 }, (_, index) =>
    line({
      lineType: 'one_time',
      description: `Article ${index + 1}`,
      quantity: units(1),
      unitAmount: 100n,
      amount: 100n,
    }),
  )
  const pages = await pagesOf(
    documentFacts({ lines, invoice: { subtotal: 9000n, discountAmount: 0n, total: 9000n }, livemode: false }),
  )
  assert(pages.length >= 3, `${pages.length} pages`)
  pages.forEach((page, index) => {
    holds(page, `Page ${index + 1} of ${pages.length}`, 'Description', 'INV-000042')
  })
  const everything = pages.join(' ')
  for (let number = 1; number <= 90; number++) holds(everything, `Article ${number} 1 1.00 1.00`)
  holds(pages.at(-1) ?? '', 'Total USD $90.00')
})

test('names of any European script are readable text, and so are the signs of currencies', async () => {
  const buyer = { ...ada, fullName: 'Łódź Győr Ελλάδα Москва Việt Nam' }
  const text = await textOf(documentFacts({ buyer, invoice: { memo: '₹ ₽ ₺ ₫ € £ ¥ ₪ ₦ ₴' } }))
  holds(text, 'Łódź Győr Ελλάδα Москва Việt Nam', '₹ ₽ ₺ ₫ € £ ¥ ₪ ₦ ₴')
})

const inScript = (fullName: string, country: string, line1: string, description: string) =>
  textOf(
    documentFacts({
      buyer: { ...ada, fullName, address: { ...ada.address, line1, line2: null, country } },
      seller: { ...acme, legalName: fullName },
      lines: [line({ lineType: 'plan_base', description, quantity: units(1), unitAmount: 9900n, amount: 9900n })],
      invoice: { subtotal: 9900n, discountAmount: 0n, total: 9900n },
    }),
  )

const scripts: readonly [name: string, country: string, ...texts: [string, string, string]][] = [
  ['Chinese, simplified', 'CN', '北京字节科技有限公司', '北京市朝阳区建国路88号', '专业版 · 每月订阅（含税）'],
  ['Chinese, traditional', 'TW', '臺灣雲端股份有限公司', '臺北市信義區信義路五段7號', '專業版 每月訂閱'],
  ['Japanese', 'JP', '株式会社エクスプレス', '東京都千代田区丸の内1-9-1', 'プロプラン（月額）ご利用料金'],
  ['Korean', 'KR', '주식회사 한빛소프트', '서울특별시 강남구 테헤란로 152', '프로 요금제 월간 구독'],
  ['Thai', 'TH', 'สมชาย ใจดี', 'ถนนพระราม 1 แขวงปทุมวัน', 'แพ็กเกจโปรรายเดือน'],
  ['Arabic', 'SA', 'شركة الحلول المحدودة', 'شارع الملك فهد', 'الخطة الاحترافية'],
  ['Hebrew', 'IL', 'יוסי כהן', 'רחוב הרצל', 'תוכנית חודשית'],
  ['Devanagari', 'IN', 'अमित शर्मा', 'नई दिल्ली', 'प्रो योजना'],
  ['Greek', 'GR', 'Γιώργος Παπαδόπουλος', 'Ερμού 10', 'Μηνιαία συνδρομή'],
  ['Cyrillic', 'UA', 'Ганна Ївченко', 'вул. Хрещатик, 22', 'Тариф «Про»'],
  ['Armenian', 'AM', 'Արամ Խաչատրյան', 'Մաշտոցի պողոտա 10', 'Պրո փաթեթ'],
  ['Georgian', 'GE', 'გიორგი მაისურაძე', 'რუსთაველის გამზირი 8', 'პრო პაკეტი'],
  ['Bengali', 'BD', 'বাংলাদেশ সফটওয়্যার কোম্পানি', 'ধানমন্ডি ৩২ নম্বর সড়ক', 'প্রো প্ল্যান – মাসিক সাবস্ক্রিপশন'],
  ['Tamil', 'IN', 'கிருஷ்ணன் நிறுவனம்', 'அண்ணா சாலை, சென்னை', 'தொழில்முறை திட்டம் மாதாந்திர'],
  ['Telugu', 'IN', 'శ్రీనివాస్ సాఫ్ట్‌వేర్', 'బంజారా హిల్స్, హైదరాబాద్', 'ప్రో ప్రణాళిక నెలవారీ'],
  ['Gujarati', 'IN', 'ગુજરાત સૉફ્ટવેર કંપની', 'સરદાર પટેલ માર્ગ, અમદાવાદ', 'પ્રો યોજના – માસિક'],
  ['Gurmukhi', 'IN', 'ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ', 'ਮਾਲ ਰੋਡ, ਅੰਮ੍ਰਿਤਸਰ', 'ਪ੍ਰੋ ਯੋਜਨਾ ਮਹੀਨਾਵਾਰ'],
  ['Kannada', 'IN', 'ಕರ್ನಾಟಕ ತಂತ್ರಾಂಶ ಸಂಸ್ಥೆ', 'ಎಂ.ಜಿ. ರಸ್ತೆ, ಬೆಂಗಳೂರು', 'ಪ್ರೊ ಯೋಜನೆ ಮಾಸಿಕ'],
  ['Malayalam', 'IN', 'ശ്രീകുമാർ സോഫ്റ്റ്‌വെയർ', 'എം.ജി. റോഡ്, കൊച്ചി', 'പ്രോ പ്ലാൻ പ്രതിമാസം'],
  ['Odia', 'IN', 'ଓଡ଼ିଶା ସଫ୍ଟୱେର୍ କମ୍ପାନୀ', 'ଜନପଥ, ଭୁବନେଶ୍ୱର', 'ପ୍ରୋ ଯୋଜନା ମାସିକ'],
  ['Sinhala', 'LK', 'ශ්‍රී ලංකා මෘදුකාංග සමාගම', 'ගාලු පාර, කොළඹ', 'ප්‍රෝ සැලැස්ම මාසික'],
  ['Khmer', 'KH', 'ក្រុមហ៊ុន ស្រីសុភ័ក្ត្រ', 'មហាវិថីព្រះនរោត្តម ភ្នំពេញ', 'គម្រោងប្រូប្រចាំខែ'],
  ['Lao', 'LA', 'ບໍລິສັດ ຊອບແວລາວ', 'ຖະໜົນລ້ານຊ້າງ ວຽງຈັນ', 'ແຜນໂປຣລາຍເດືອນ'],
  ['Amharic', 'ET', 'ኢትዮ ሶፍትዌር ድርጅት', 'ቦሌ መንገድ አዲስ አበባ', 'ፕሮ ዕቅድ ወርሃዊ'],
  ['Vietnamese', 'VN', 'Nguyễn Văn Đức', '12 Đường Nguyễn Huệ', 'Gói chuyên nghiệp hằng tháng'],
]

for (const [name, country, fullName, line1, description] of scripts) {
  test(`${name} is drawn, and can be read from the file`, async () => {
    const text = await inScript(fullName, country, line1, description)
    holds(text, `From ${fullName}`, `Billed to ${fullName} ${line1}`, description, '1 99.00 99.00')
    lacks(text, '\ufffd')
  })
}

test('scripts are mixed in one name; signs and symbols are drawn; what no font has is shown to be missing', async () => {
  const text = await inScript('Ada 山田 김 สมชาย', 'JP', '100 Market → ★ ① ☎', 'Team 𓀀 plan')
  holds(text, 'Billed to Ada 山田 김 สมชาย 100 Market → ★ ① ☎', 'Team \ufffd plan')
})

test('law: no order of letters and marks, sensible or not, keeps a document from being made', async () => {
  // Devanagari to Malayalam, Sinhala, Thai, Lao, Khmer, Ethiopic, joiners, emoji with their tones and selectors.
  const ranges = [
    [0x900, 0xd7f],
    [0xd80, 0xdff],
    [0xe00, 0xeff],
    [0x1780, 0x17ff],
    [0x1200, 0x12ff],
    [0x200b, 0x200f],
  ]
  const letters = [
    ...ranges,
    [0x1f3fb, 0x1f3ff],
    [0x1f440, 0x1f46f],
    [0xfe0e, 0xfe0f],
    [0x1f1e6, 0x1f1ff],
    [0x20, 0x40],
  ]
  const letter = fc
    .oneof(...letters.map(([min, max]) => fc.integer({ min: min ?? 0, max: max ?? 0 })))
    .map((codePoint) => String.fromCodePoint(codePoint))
  // Letters of one script beside each other are shaped together.
  const script = fc.integer({ min: 0, max: 8 }).chain((at) => {
    const codePoint = fc.integer({ min: 0x900 + 0x80 * at, max: 0x97f + 0x80 * at })
    return fc.array(
      codePoint.map((one) => String.fromCodePoint(one)),
      { minLength: 1, maxLength: 12 },
    )
  })
  const texts = fc.oneof(script, fc.array(letter, { minLength: 1, maxLength: 12 })).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { minLength: 20, maxLength: 40 }), async (descriptions) => {
      const lines = descriptions.map((description) =>
        line({ lineType: 'one_time', description, quantity: units(1), unitAmount: 100n, amount: 100n }),
      )
      await renderInvoice(invoiceDocument(documentFacts({ lines })))
    }),
    { numRuns: 12 },
  )
})

test('emoji are drawn in black, and can be read from the file: skin tones, families, flags, keycaps', async () => {
  const text = await inScript('Team 🚀 Łódź', 'PL', '🏠 Market 1', 'Pro 👍🏽 👩‍👩‍👧 👩🏾‍🚀 🇪🇸 1️⃣ ❤️‍🔥 🐻‍❄️ 🎉🎉')
  holds(text, 'Billed to Team 🚀 Łódź 🏠 Market 1', 'Pro 👍🏽', '🇪🇸', '🎉🎉 1 99.00 99.00')
  lacks(text, '\ufffd')
})

test('numbers, brackets and Latin stand in Hebrew where they are read', async () => {
  const text = await inScript('חברת Acme בע״מ', 'IL', 'רחוב הרצל 15', 'תוכנית Pro – 2026')
  // A line is read from its left end, as it is seen.
  holds(text, 'Billed to בע״מ Acme חברת', '15 רחוב הרצל', 'Pro – 2026 תוכנית')
})

test('long names without spaces go over lines and leave the columns beside them alone', async () => {
  const company = '東京大阪名古屋横浜'.repeat(6)
  const text = await inScript(company, 'JP', 'x'.repeat(90), `${'株式会社'.repeat(30)} ${'W'.repeat(60)}`)
  const letters = text.replaceAll(' ', '')
  holds(letters, `From${company}Acme`, `Billedto${company}${'x'.repeat(90)}`, `${'株式会社'.repeat(15)}`)
  holds(text, '1 99.00 99.00', 'Total USD $99.00')
})

test('a document embeds the glyphs it uses and no others', async () => {
  const facts = (fullName: string) => documentFacts({ buyer: { ...ada, fullName } })
  const sizeOf = async (fullName: string) => (await renderInvoice(invoiceDocument(facts(fullName)))).length
  const [latin, han] = [await sizeOf('Ada Lovelace'), await sizeOf('東京')]
  assert(han - latin < 12_000, `${han - latin} bytes for two characters`)
})

test('a currency without decimals has none anywhere', async () => {
  const lines = [
    line({ lineType: 'plan_base', description: 'Pro', quantity: units(1), unitAmount: 9900n, amount: 9900n }),
  ]
  const invoice = { currency: 'jpy', subtotal: 9900n, discountAmount: 0n, total: 9900n }
  const text = await textOf(documentFacts({ lines, invoice }))
  holds(text, 'Pro 1 9,900 9,900', 'Total JPY ¥9,900', '¥9,900 paid on June 16, 2026')
  lacks(text, '9,900.00', '99.00')
})

test('a negative adjustment is a credit note that names what it corrects', async () => {
  const lines = [
    line({ lineType: 'credit', description: 'Outage', quantity: units(1), unitAmount: -1500n, amount: -1500n }),
  ]
  const text = await textOf(
    documentFacts({
      lines,
      card: null,
      invoice: { type: 'adjustment', subtotal: -1500n, discountAmount: 0n, total: -1500n, reference: 'INV-000041' },
    }),
  )
  holds(text, 'Credit note', 'Reference INV-000041', '$15.00 credited', 'Outage −15.00', 'Total USD −$15.00')
  lacks(text, 'Due date', 'Amount due', 'Invoice')
})

test('a credit note tells the rate of the invoice it corrects', async () => {
  const note = { type: 'adjustment', subtotal: -1500n, discountAmount: 0n, total: -1500n } as const
  const invoice = { ...note, reference: 'INV-000041', sellerCurrency: 'eur', sellerCurrencyRate: '0.92' }
  holds(await textOf(documentFacts({ card: null, invoice })), 'Tax in EUR: €0.00 (1 USD = 0.92 EUR).')
})

test('a void invoice says so across the page', async () => {
  const voidedAt = Temporal.Instant.from('2026-06-20T08:00:00Z')
  const text = await textOf(documentFacts({ card: null, invoice: { status: 'void', paidAt: null, voidedAt } }))
  holds(text, 'VOID', 'This invoice was voided on June 20, 2026. Nothing is to be paid.')
  lacks(text, 'How to pay', 'Amount due')
})

test('an invoice that is not final yet is a pro forma', async () => {
  const invoice = { status: 'outstanding', finalisedAt: null, paidAt: null } as const
  const text = await textOf(documentFacts({ card: null, invoice }))
  holds(text, 'Pro forma invoice', 'it becomes final when it is paid', '$91.60 due June 16, 2026')
})

test('nothing of the sandbox looks like a real invoice', async () => {
  const text = await textOf(documentFacts({ livemode: false }))
  holds(text, 'SANDBOX', 'not a real invoice, nobody owes or has paid anything')
})

test('how to pay: the operator’s instructions, the stored card, or whom to ask', async () => {
  const outstanding = { status: 'outstanding', paidAt: null } as const
  const toPay = (seller: Partial<typeof unknownSeller>, subscriptionId: string | null) =>
    textOf(documentFacts({ card: null, seller: { ...acme, ...seller }, invoice: { ...outstanding, subscriptionId } }))
  holds(await toPay({ paymentInstructions: 'IBAN ES91 2100 0418 4502 0005 1332' }, null), 'How to pay IBAN ES91 2100')
  holds(await toPay({}, 'sub_1'), 'charged to the payment method on file')
  holds(await toPay({}, null), 'Please contact billing@acme.example')
})

test('a seller of whom nothing is known goes by the organisation’s name', async () => {
  const text = await textOf(documentFacts({ seller: unknownSeller }))
  holds(text, 'From Acme', 'Acme Page 1 of 1')
})

test('the same invoice has the same bytes, whenever and after whatever else it is made', async () => {
  const digest = async (facts: DocumentFacts) =>
    createHash('sha256')
      .update(await renderInvoice(invoiceDocument(facts)))
      .digest('hex')
  const latin = documentFacts()
  const arabic = documentFacts({ buyer: { ...ada, fullName: 'شركة الحلول 東京' } })
  const first = [await digest(latin), await digest(arabic)]
  await textOf(documentFacts({ buyer: { ...ada, fullName: 'Москва بتثني 京東' } }))
  await new Promise((resolve) => setTimeout(resolve, 1100))
  assert.deepEqual([await digest(latin), await digest(arabic)], first)
})
