-- AlterTable
ALTER TABLE "Connection" ADD COLUMN     "changes" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Inbox" ADD COLUMN     "sealedApi" BYTEA,
ADD COLUMN     "sendingHash" BYTEA;

-- CreateTable
CREATE TABLE "Delivery" (
    "inboxId" UUID NOT NULL,
    "keyHash" BYTEA NOT NULL,
    "message" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'taken',
    "messageId" TEXT,
    "begunAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("inboxId","keyHash")
);

-- CreateIndex
CREATE INDEX "Delivery_inboxId_begunAt_idx" ON "Delivery"("inboxId", "begunAt");

-- CreateIndex
CREATE INDEX "Delivery_begunAt_idx" ON "Delivery"("begunAt");

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;
