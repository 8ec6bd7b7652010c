import type { Domain } from '../domain.ts'

export const digitalWallet: Domain = {
  id: 'digital-wallet',
  title: 'Digital Wallet',
  named:
    /\b(?:(?:digital|mobile|e)[- ]?wallets?|wallet app|p2p (?:payments?|transfers?)|venmo|split(?:ting)? (?:the )?bills?|bill[- ]split\w*)\b/gi,
  heard: /\b(?:wallets?|p2p|qr|top[- ]?ups?|peer[- ]to[- ]peer|send money|friends)\b/gi,
  considerations: [
    'P2P transfers: both balances change in one transaction or neither does; limits per day and per person',
    'QR payments: signed codes that expire in a minute, static ones for merchants, paid offline and settled later',
    'Bill splitting: a request to many, each share paid or declined by itself, reminders until it is closed',
  ],
  clients: [
    ['Wallet app', 'socket'],
    ['Merchant app', 'web'],
    ['Support console', 'web'],
  ],
  doors: ['web', 'socket'],
  services: [
    {
      id: 'wallets',
      name: 'Wallet balances',
      does: 'Balances, limits, holds',
      work: 'request',
      store: 'relational',
    },
    {
      id: 'transfers',
      name: 'P2P transfers',
      does: 'Moves money between two wallets, once',
      work: 'flow',
      store: 'relational',
    },
    {
      id: 'qr',
      name: 'QR payments',
      does: 'Issues and redeems signed codes',
      work: 'request',
      store: 'cache',
    },
    {
      id: 'splits',
      name: 'Bill splitting',
      does: 'Shares, reminders, closing',
      work: 'event',
      store: 'documents',
    },
    {
      id: 'funding',
      name: 'Top-up and cash-out',
      does: 'Money in from cards, out to banks',
      work: 'event',
      store: 'relational',
      calls: 'Bank and card partner',
    },
    {
      id: 'risk',
      name: 'Limits and fraud',
      does: 'Velocity rules on each transfer',
      work: 'request',
      store: 'cache',
      feature: 'fraud-detection',
    },
  ],
  flows: [
    ['transfers', 'money moved', 'wallets'],
    ['qr', 'code redeemed', 'transfers'],
    ['splits', 'share accepted', 'transfers'],
    ['funding', 'top-up settled', 'wallets'],
  ],
  features: ['fraud-detection', 'notifications'],
  dataModel: [
    ['Wallet', 'owner, currency, available, held'],
    ['Transfer', 'from, to, amount in minor units, idempotency key, state'],
    ['QrCode', 'merchant, amount, signature, expiry'],
    ['Split', 'payer, total, shares with their state'],
  ],
  compliance: [
    'E-money licence or a partner bank; customer funds are safeguarded',
    'KYC by tiers of limits',
    'PCI-DSS for cards that top up',
  ],
  integrations: ['Bank and card partner', 'Identity check', 'Push notifications'],
  traffic: {
    shape: 'spiky',
    says: 'Evenings, weekends and pay days; transfers come in bursts among friends',
    requestsPerUser: 25,
    peak: 5,
    mbPerUser: 1,
  },
}
