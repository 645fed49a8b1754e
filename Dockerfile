# syntax=docker/dockerfile:1

FROM node:24-slim AS base
ENV NODE_ENV=production NODE_COMPILE_CACHE=/compile-cache
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY prisma ./prisma
# Of what packages would run when they are installed only Prisma's client is needed, and made by hand. Left out: the optional node-*
# packages, which bring the Node that this image has, Prisma's command line once it has generated the client (220 MB), and what no
# program reads (150 MB): types, source maps, the query compilers for other databases, builds for browsers.
RUN npm ci --omit=dev --omit=optional --ignore-scripts \
  && npx prisma generate \
  && npm uninstall --no-save --ignore-scripts --omit=dev --omit=optional prisma \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \
    -o -path '*/@prisma/client/runtime/query_compiler_*' ! -name '*_bg.postgresql.*' \) -delete \
  && rm -r node_modules/jsforce/dist node_modules/jsforce/browser
COPY src ./src
RUN rm -r src/sandbox src/demo.ts && install -d -o 1000 -g 1000 "$NODE_COMPILE_CACHE"
# Loads everything and ends at the wrong setting: what Node has compiled stays in the image. Node keeps it by user and by V8's flags, so
# as the one that will run it, with the command's.
USER 1000:1000
RUN PORT=none node --max-semi-space-size=4 --max-old-space-size=512 --heap-growing-percent=85 --wasm-tiering-budget=100000000 src/main.ts \
  || test -n "$(ls "$NODE_COMPILE_CACHE")"

FROM base AS runtime
COPY --from=build /app ./
COPY --from=build --chown=1000:1000 /compile-cache /compile-cache
# For the embedded database, and the secrets that are generated with it: the only place that is written to.
RUN install -d -m 700 -o 1000 -g 1000 /data
VOLUME /data
# By number, so that an orchestrator sees that it isn't root.
USER 1000:1000
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=524288
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, without npm or a shell in between: SIGTERM reaches it.
CMD ["node", "--max-semi-space-size=4", "--max-old-space-size=512", "--heap-growing-percent=85", "--wasm-tiering-budget=100000000", "src/main.ts"]

# The bridge with the stand-ins of the CRMs in one process: docker compose --profile demo up demo
FROM runtime AS demo
COPY src/sandbox ./src/sandbox
COPY src/demo.ts ./src/
CMD ["node", "src/demo.ts"]

FROM runtime AS bridge
