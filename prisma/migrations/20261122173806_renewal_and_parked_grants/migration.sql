-- AlterTable
ALTER TABLE "Connection" ADD COLUMN     "askedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "renewAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "retryAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "ParkedGrant" (
    "id" UUID NOT NULL,
    "inboxId" UUID NOT NULL,
    "crm" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "loginUrl" TEXT,
    "sealedTokens" BYTEA NOT NULL,
    "offer" JSONB,
    "revokeAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ParkedGrant_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ParkedGrant_revokeAt_idx" ON "ParkedGrant"("revokeAt");

-- CreateIndex
CREATE INDEX "Connection_renewAt_idx" ON "Connection"("renewAt");
