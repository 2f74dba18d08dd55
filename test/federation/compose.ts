/*
 * A program that reads subgraphs as JSON from its input and prints the result of each composer. It runs in its own process,
 * because the composers bring their own copy of graphql.
 */
import { text } from 'node:stream/consumers';
import { composeServices as composeByApollo } from '@apollo/composition';
import { composeServices as composeByGuild } from '@theguild/federation-composition';
import { parse } from 'graphql';

interface Subgraph {
  name: string;
  url: string;
  sdl: string;
}

const subgraphs: Subgraph[] = JSON.parse(await text(process.stdin));
const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
const [guild, apollo] = [composeByGuild(services), composeByApollo(services)];
process.stdout.write(
  JSON.stringify({
    guild: { errors: guild.errors?.map(({ message }) => message) ?? [], supergraph: guild.supergraphSdl ?? null },
    apollo: {
      errors: apollo.errors?.map(({ message }) => message) ?? [],
      hints: apollo.hints?.map(({ message }) => message) ?? [],
      supergraph: apollo.supergraphSdl ?? null,
    },
  }),
);
