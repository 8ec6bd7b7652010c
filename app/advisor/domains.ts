import type { Domain } from './domain.ts'
import { analytics } from './domains/analytics.ts'
import { digitalWallet } from './domains/digital-wallet.ts'
import { eCommerce } from './domains/e-commerce.ts'
import { fintech } from './domains/fintech.ts'
import { general } from './domains/general.ts'
import { healthcare } from './domains/healthcare.ts'
import { integration } from './domains/integration.ts'
import { iot } from './domains/iot.ts'
import { marketplace } from './domains/marketplace.ts'
import { rideSharing } from './domains/ride-sharing.ts'
import { social } from './domains/social.ts'
import { streaming } from './domains/streaming.ts'

/** The domains that are recognised. */
export const DOMAINS: readonly Domain[] = [
  rideSharing,
  eCommerce,
  fintech,
  digitalWallet,
  healthcare,
  social,
  streaming,
  iot,
  integration,
  analytics,
  marketplace,
]

/** The domain of an id; for one that is not known, the general one. */
export const domainOf = (id: string): Domain => DOMAINS.find((domain) => domain.id === id) ?? general
