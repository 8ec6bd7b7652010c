import type { Domain } from '../domain.ts'

export const marketplace: Domain = {
  id: 'marketplace',
  title: 'Marketplace',
  named:
    /\b(?:market ?places?|two-sided|multi-vendor|airbnb|etsy|ebay|auctions?|freelanc\w+ platform|classifieds?|rental platform)\b/gi,
  heard:
    /\b(?:sellers?|buyers?|vendors?|listings?|escrow|commissions?|hosts?|guests?|bids?|freelancers?|merchants?)\b/gi,
  considerations: [
    'Listings: written by sellers, checked before they are shown, found by search with place, price and date',
    'Escrow: the buyer’s money is held apart and released when both sides agree, or a dispute is decided',
    'Commission: taken at release by rules per category, with payouts and tax forms for each seller',
  ],
  clients: [
    ['Buyer app', 'cdn'],
    ['Seller portal', 'web'],
    ['Dispute desk', 'web'],
  ],
  doors: ['cdn', 'web'],
  services: [
    {
      id: 'sellers',
      name: 'Seller onboarding',
      does: 'Identity, bank account, tax form',
      work: 'event',
      store: 'relational',
      calls: 'Identity check',
    },
    {
      id: 'listings',
      name: 'Listings',
      does: 'Offers with pictures, price, availability',
      work: 'request',
      store: 'documents',
    },
    {
      id: 'discovery',
      name: 'Listing search',
      does: 'Search and ranking by place, price and trust',
      work: 'request',
      store: 'search',
      feature: 'search',
    },
    {
      id: 'escrow',
      name: 'Escrow',
      does: 'Holds money, releases or returns it',
      work: 'flow',
      store: 'relational',
      calls: 'Payment provider',
      feature: 'payments',
    },
    {
      id: 'commission',
      name: 'Commission and payouts',
      does: 'Fees by rule, payouts by schedule',
      work: 'job',
      store: 'relational',
    },
    {
      id: 'disputes',
      name: 'Disputes',
      does: 'Evidence, decisions, appeals',
      work: 'event',
      store: 'documents',
    },
    {
      id: 'trust',
      name: 'Reviews and trust',
      does: 'Two-sided reviews, shown together',
      work: 'event',
      store: 'documents',
      feature: 'reviews',
    },
  ],
  flows: [
    ['listings', 'listing changed', 'discovery'],
    ['escrow', 'money released', 'commission'],
    ['disputes', 'dispute decided', 'escrow'],
    ['escrow', 'deal closed', 'trust'],
  ],
  features: ['search', 'payments', 'reviews'],
  dataModel: [
    ['Seller', 'identity, payout account, tax form, standing'],
    ['Listing', 'title, pictures, price, place, availability'],
    ['Deal', 'buyer, listing, escrow state, dates'],
    ['EscrowHold', 'amount, release rule, dispute'],
    ['Payout', 'seller, period, gross, commission, net'],
  ],
  compliance: [
    'PSD2 or money transmission: escrow through a licensed provider',
    'DAC7 and 1099-K reports on sellers',
    'PCI-DSS SAQ A',
  ],
  integrations: ['Payment provider', 'Identity check', 'Maps and places', 'Email delivery'],
  traffic: {
    shape: 'spiky',
    says: 'Searches outweigh deals by a thousand to one; campaigns and seasons bring peaks',
    requestsPerUser: 50,
    peak: 4,
    mbPerUser: 8,
  },
}
