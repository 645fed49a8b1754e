-- CreateTable
CREATE TABLE "Inbox" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "keyHash" BYTEA NOT NULL,
    "crm" TEXT,
    "region" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Inbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Connection" (
    "inboxId" UUID NOT NULL,
    "epoch" UUID NOT NULL,
    "crm" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "accountName" TEXT NOT NULL,
    "recordsUrl" TEXT NOT NULL,
    "apiUrl" TEXT,
    "loginUrl" TEXT,
    "scopes" TEXT[],
    "sealedTokens" BYTEA NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL DEFAULT 'active',
    "statusReason" TEXT,
    "statusSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "connectedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "refreshedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Connection_pkey" PRIMARY KEY ("inboxId")
);

-- CreateTable
CREATE TABLE "ConsentState" (
    "stateHash" BYTEA NOT NULL,
    "inboxId" UUID NOT NULL,
    "crm" TEXT NOT NULL,
    "loginUrl" TEXT,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ConsentState_pkey" PRIMARY KEY ("stateHash")
);

-- CreateTable
CREATE TABLE "CallBudget" (
    "account" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "permits" TIMESTAMPTZ(3)[],
    "granted" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "CallBudget_pkey" PRIMARY KEY ("account","kind")
);

-- CreateIndex
CREATE UNIQUE INDEX "Inbox_keyHash_key" ON "Inbox"("keyHash");

-- CreateIndex
CREATE INDEX "ConsentState_expiresAt_idx" ON "ConsentState"("expiresAt");

-- AddForeignKey
ALTER TABLE "Connection" ADD CONSTRAINT "Connection_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConsentState" ADD CONSTRAINT "ConsentState_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;
