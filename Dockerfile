# An image of Madang for servers that run elsewhere: DATABASE_URL, REDIS_URL, and KAFKA_BROKERS for a log on Kafka.
#
#   docker build --build-arg COMMIT=$(git rev-parse HEAD) -t madang .
#   docker run -p 4000:4000 -e DATABASE_URL=… -e REDIS_URL=… -e AUTH_MODE=jwt -e AUTH_JWT_SECRET=… madang
#
# No image can be built where this file is tested: `npm run image` runs its steps in a clean folder instead. So a RUN
# uses paths below the WORKDIR alone.
FROM node:22.21.1-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
# The servers of `npm start` are optional packages, and stay out.
RUN npm ci --omit=dev --omit=optional --ignore-scripts
# Madang uses one of Prisma's query compilers, which come for each database in two sizes.
RUN find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*fast_bg.postgresql*' -delete
# OpenTelemetry has its files three times, and Node loads those in `build/src`.
RUN find node_modules/@opentelemetry -type d \( -name esm -o -name esnext \) -prune -exec rm -r {} +
RUN find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM node:22.21.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
RUN npm ci --include=dev --ignore-scripts
COPY . .
RUN node scripts/prepare.mjs
RUN find dist -type f \( -name '.*' -o -name '*.d.ts' \) -delete
ARG COMMIT=
RUN npm pkg set gitHead="$COMMIT"

FROM node:22.21.1-bookworm-slim
LABEL org.opencontainers.image.title=Madang org.opencontainers.image.licenses=Apache-2.0
WORKDIR /app
# Everything belongs to root: the program cannot change itself.
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/dist dist
COPY --from=build /app/bin bin
COPY --from=build /app/scripts/supported-node.mjs /app/scripts/run-tool.mjs scripts/
COPY --from=build /app/prisma/migrations prisma/migrations
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
USER node
EXPOSE 4000
# Bash opens the connection itself: a check costs two milliseconds, and not the start of a Node.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "dist/main.js"]
