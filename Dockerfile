# Halley in one image: API, pages and workers. Without DATABASE_URL it keeps its own PostgreSQL in /data.

FROM node:24-bookworm-slim AS base
# For the Node that comes with the packages; slim images leave it out.
RUN apt-get update && apt-get install --yes --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*

FROM base AS build
WORKDIR /halley
COPY package.json package-lock.json ./
COPY server/package.json server/
COPY web/package.json web/
RUN npm ci --no-audit --no-fund
COPY . .
# Finishes what blocked install scripts left undone, builds the web pages, then drops what only builds and tests need.
RUN node scripts/prepare.js && npm prune --omit=dev --no-audit --no-fund

FROM base
# The bundled PostgreSQL wants a user with a name.
RUN useradd --uid 10001 --create-home halley && install --directory --owner=halley --group=halley /data
COPY --from=build --chown=root:root /halley /halley
WORKDIR /halley
USER halley
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4242 HALLEY_DATA_DIR=/data
VOLUME /data
EXPOSE 4242
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node_modules/node/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/node/bin/node", "--max-semi-space-size=8", "--max-old-space-size=512", "server/src/main.ts"]
