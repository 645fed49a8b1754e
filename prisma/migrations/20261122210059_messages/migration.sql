-- AlterTable
ALTER TABLE "Inbox" ADD COLUMN     "logMessages" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "Message" (
    "id" BIGSERIAL NOT NULL,
    "inboxId" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "customer" TEXT NOT NULL,
    "sentAt" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "reason" TEXT,
    "sealedBody" BYTEA,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Conversation" (
    "inboxId" UUID NOT NULL,
    "customer" TEXT NOT NULL,
    "openSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "arrivals" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "entry" BIGINT[],
    "sendingSince" TIMESTAMPTZ(3),
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),

    CONSTRAINT "Conversation_pkey" PRIMARY KEY ("inboxId","customer")
);

-- CreateIndex
CREATE INDEX "Message_inboxId_customer_state_idx" ON "Message"("inboxId", "customer", "state");

-- CreateIndex
CREATE INDEX "Message_state_receivedAt_idx" ON "Message"("state", "receivedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Message_inboxId_hash_key" ON "Message"("inboxId", "hash");

-- CreateIndex
CREATE INDEX "Conversation_dueAt_idx" ON "Conversation"("dueAt");

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;
