-- DropIndex
DROP INDEX "Message_inboxId_customer_state_idx";

-- CreateIndex
CREATE INDEX "Message_inboxId_state_customer_idx" ON "Message"("inboxId", "state", "customer");
