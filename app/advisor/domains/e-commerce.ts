import type { Domain } from '../domain.ts'

export const eCommerce: Domain = {
  id: 'e-commerce',
  title: 'E-commerce',
  named:
    /\b(?:e-?commerce|online (?:shop|store)\w*|web ?shops?|store ?front|shopify|shop(?:ping)? (?:app|site|cart)|retail\w*|(?:fashion|book|grocery|clothing) (?:shop|store)s?)\b/gi,
  heard:
    /\b(?:carts?|checkout|products?|catalog(?:ue)?s?|orders?|inventory|stock|sku|shops?|stores?|fulfil+ment)\b/gi,
  considerations: [
    'Inventory: stock is reserved at checkout and released by a timer, so that nothing is sold twice',
    'Payments: authorised at checkout, captured at dispatch, idempotent by order number',
    'Order management: a flow from placed to returned, each step undone if a later one fails',
  ],
  clients: [
    ['Web shop', 'cdn'],
    ['Mobile app', 'web'],
    ['Back office', 'web'],
  ],
  doors: ['cdn', 'web'],
  services: [
    {
      id: 'catalog',
      name: 'Product catalog',
      does: 'Products, variants, prices',
      work: 'request',
      store: 'documents',
    },
    { id: 'cart', name: 'Cart', does: 'Carts of guests and customers', work: 'request', store: 'cache' },
    {
      id: 'inventory',
      name: 'Inventory',
      does: 'Stock and reservations by warehouse',
      work: 'event',
      store: 'relational',
      feature: 'inventory',
    },
    {
      id: 'orders',
      name: 'Order management',
      does: 'Placed, paid, packed, sent, returned',
      work: 'flow',
      store: 'relational',
    },
    {
      id: 'checkout',
      name: 'Checkout payments',
      does: 'Authorises, captures, refunds',
      work: 'request',
      store: 'relational',
      calls: 'Payment provider',
      feature: 'payments',
    },
    {
      id: 'shop-search',
      name: 'Product search',
      does: 'Search with facets and typing errors',
      work: 'request',
      store: 'search',
      feature: 'search',
    },
  ],
  flows: [
    ['orders', 'order placed', 'inventory'],
    ['checkout', 'payment authorised', 'orders'],
    ['catalog', 'product changed', 'shop-search'],
  ],
  features: ['inventory', 'payments', 'search'],
  dataModel: [
    ['Product', 'title, variants, price, images'],
    ['StockItem', 'variant, warehouse, on hand, reserved'],
    ['Cart', 'lines, coupon, expiry'],
    ['Order', 'lines, state, totals, addresses, payment reference'],
  ],
  compliance: [
    'PCI-DSS SAQ A: card data stays with the payment provider',
    'GDPR and consumer rights: returns, invoices, consent',
    'Sales tax and VAT by destination',
  ],
  integrations: ['Payment provider', 'Shipping carriers', 'Tax calculation', 'Email delivery'],
  traffic: {
    shape: 'spiky',
    says: 'Sales and holidays bring ten times a normal day; browsing outweighs buying by fifty to one',
    requestsPerUser: 40,
    peak: 6,
    mbPerUser: 3,
  },
}
