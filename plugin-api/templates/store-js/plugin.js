/*
 * Store `my-plugin`: keeps everything in the map that it is given, with a checksum, so that what
 * was damaged is noticed.
 *
 * Records, queues, epochs and keys are philter_map_store.js's, over any map of bytes. Begin with
 * map.js, which is what this store has of its own: a map over another one.
 */
import * as keyValue from 'philter:store/key-value@0.1.0';

import { Checked } from './map.js';
import { StoreOverMap } from './philter_map_store.js';
import { Granted, exportsOf } from './philter_store.js';

class MyStore extends StoreOverMap {
  description = {
    name: 'my-plugin',
    version: '0.1.0',
    licence: 'MIT OR Apache-2.0',
    type: 'my-plugin',
    'configuration-schema': { type: 'object', additionalProperties: false },
    entries: ['inspect'],
  };

  open() {
    return new Checked(new Granted(keyValue));
  }
}

export const store = exportsOf(new MyStore());
