# docker build --tag promo-gateway .
# docker run --publish 4000:4000 --volume promo-gateway:/data --env API_KEYS=… promo-gateway

FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc .node ./
# The image brings Node itself, which the optional dependencies are for elsewhere.
RUN npm ci --omit=dev --omit=optional
RUN npm run --silent sbom > sbom.json

FROM node:26-slim
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=build /app ./
COPY src ./src
COPY schema.graphql LICENSE README.md ./
# Reachable from outside of the container, so it does not start without API_KEYS or JWKS_URL.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATABASE_URL=/data/promo-gateway.db
VOLUME ["/data"]
EXPOSE 4000
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not by npm: the signal to stop has to reach the gateway itself.
CMD ["node", "src/main.ts"]
